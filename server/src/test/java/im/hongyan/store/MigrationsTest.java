package im.hongyan.store;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MigrationsTest {
    private static final String FIRST = "im/hongyan/store/first";
    private static final String SECOND = "im/hongyan/store/second";

    @RegisterExtension
    static final StoresExtension stores = StoresExtension.empty();

    @BeforeEach
    void empty() throws Exception {
        await(stores.postgres().query("DROP SCHEMA public CASCADE"));
        await(stores.postgres().query("CREATE SCHEMA public"));
    }

    @Test
    void run_twice_migratesOnce() throws Exception {
        run(1, FIRST);
        run(1, FIRST);
        assertThat(tables()).contains("goose");
        assertThat(release()).isEqualTo(1);
    }

    @Test
    void run_lowerVersionAddedLater_isApplied() throws Exception {
        run(1, FIRST);
        run(2, FIRST, SECOND);
        assertThat(tables()).contains("goose", "letter");
        assertThat(release()).isEqualTo(2);
    }

    @Test
    void run_schemaOfNextRelease_changesNothing() throws Exception {
        run(2, FIRST);
        run(1, FIRST, SECOND);
        assertThat(tables()).doesNotContain("letter");
        assertThat(release()).isEqualTo(2);
    }

    @Test
    void run_schemaOfReleaseAfterNext_isRefused() {
        run(3, FIRST);
        assertThatThrownBy(() -> run(1, FIRST))
                .isInstanceOf(StartFailure.class)
                .hasMessage("The database " + stores.postgresAddress()
                        + " has the schema of release 3, which this release (1)"
                        + " cannot use; start a newer release of Hongyan.");
    }

    @Test
    void run_severalNodesAtOnce_migratesOnce() throws Exception {
        List<CompletableFuture<Void>> nodes = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.runAsync(() -> run(1, FIRST, SECOND)))
                .toList();
        for (CompletableFuture<Void> node : nodes) {
            node.get();
        }
        assertThat(tables()).contains("goose", "letter");
        assertThat(await(stores.postgres().query("SELECT version FROM schema_migrations WHERE type = 'SQL'"))
                        .rowCount())
                .isEqualTo(2);
    }

    @Test
    void run_brokenMigration_changesNothingAndNamesFile() throws Exception {
        assertThatThrownBy(() -> run(1, "im/hongyan/store/broken"))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("could not be migrated")
                .hasMessageContaining("V020__broken.sql");
        assertThat(tables()).doesNotContain("broken");
        assertThat(await(stores.postgres().query("SELECT release FROM schema_release"))
                        .rowCount())
                .isZero();
    }

    @Test
    void run_serverNotUpInTime_isRefused() {
        PostgresAddress nowhere = new PostgresAddress("127.0.0.1", 1, "u", "hunter2", "d", "disable", Optional.empty());
        assertThatThrownBy(() -> new Migrations(1, List.of(FIRST)).run(nowhere, Duration.ofMillis(600)))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("PostgreSQL cannot be reached at postgresql://u@127.0.0.1:1/d: ")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void run_wrongPasswordOrDatabase_isRefusedAtOnce() {
        PostgresAddress right = stores.postgresAddress();
        PostgresAddress wrong = new PostgresAddress(
                right.host(), right.port(), right.user(), "hunter2", right.database(), "disable", Optional.empty());
        assertThatThrownBy(() -> new Migrations(1, List.of(FIRST)).run(wrong, Duration.ofMinutes(10)))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("PostgreSQL refuses the connection at " + right + ": ")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(
                        () -> new Migrations(1, List.of(FIRST)).run(right.withDatabase("none"), Duration.ofMinutes(10)))
                .isInstanceOf(StartFailure.class)
                .hasMessageEndingWith("create it: CREATE DATABASE \"none\"");
    }

    private static void run(int release, String... folders) {
        new Migrations(release, List.of(folders)).run(stores.postgresAddress(), Duration.ZERO);
    }

    private static int release() throws Exception {
        return await(stores.postgres().query("SELECT release FROM schema_release"))
                .iterator()
                .next()
                .getInteger(0);
    }

    private static List<String> tables() throws Exception {
        return await(stores.postgres().query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"))
                .stream()
                .map(row -> row.getString(0))
                .toList();
    }
}
