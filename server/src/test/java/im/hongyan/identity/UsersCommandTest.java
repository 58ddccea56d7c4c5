package im.hongyan.identity;

import static im.hongyan.identity.IdentityNode.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.feature.CommandStores;
import im.hongyan.protocol.Id;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class UsersCommandTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/identity/migrations");

    private final IdentityNode node = new IdentityNode(stores.vertx(), stores.postgres(), stores.redis());
    private final String prefix = "y" + Id.Text.encode(Id.next()).substring(12);
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private boolean production;

    private int run(Writer to, String... arguments) {
        return new CommandLine(new UsersCommand(new Stores()))
                .setOut(new PrintWriter(to))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private int run(String... arguments) {
        return run(out, arguments);
    }

    private final class Stores implements CommandStores {
        @Override
        public boolean production() {
            return production;
        }

        @Override
        public <S> S settings(Class<S> type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String database() {
            return "PostgreSQL";
        }

        @Override
        public <S, T> T use(Class<S> service, Function<S, Future<T>> work) throws Exception {
            return work.apply(service.cast(node.identity)).await(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void create_printsLinePerUserAndPassword() throws IOException {
        assertThat(run("create", "--count", "3", "--prefix", prefix)).isZero();

        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(3);
        JsonNode last = new ObjectMapper().readTree(lines.get(2));
        assertThat(await(node.identity.authenticate(last.get("accessToken").textValue()))
                        .user()
                        .text())
                .isEqualTo(last.get("user").textValue());
        String password = err.toString().strip().replaceFirst(".*: ", "");
        await(node.signingIn(last.get("username").textValue(), password));
    }

    @Test
    void create_inProduction_failsWithoutOption() {
        production = true;

        assertThat(run("create", "--count", "1", "--prefix", prefix)).isEqualTo(2);
        assertThat(err.toString()).contains("--in-production");
        assertThat(out.toString()).isEmpty();

        assertThat(run("create", "--count", "1", "--prefix", prefix, "--in-production"))
                .isZero();
        assertThat(out.toString().lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-3", "many", "99999999999"})
    void create_invalidCount_printsError(String count) {
        assertThat(run("create", "--count", count, "--prefix", prefix)).isNotZero();
        assertThat(err.toString()).isNotBlank().doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void create_outputClosed_stops() {
        Writer closed = new Writer() {
            @Override
            public void write(char[] text, int offset, int length) throws IOException {
                throw new IOException("Broken pipe");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };

        assertThat(run(closed, "create", "--count", "5000", "--prefix", prefix)).isNotZero();

        long made = await(stores.postgres().query("SELECT count(*) FROM account WHERE username LIKE '" + prefix + "%'"))
                .iterator()
                .next()
                .getLong(0);
        assertThat(made).isLessThan(5000);
    }
}
