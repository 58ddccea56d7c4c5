package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.call.turn.Coturn;
import im.hongyan.call.turn.IceUrl;
import im.hongyan.config.Secret;
import im.hongyan.store.Certificate;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code scripts/hongyan turn check}. */
class TurnCommandTest {
    private final StringWriter out = new StringWriter();

    private int check(IceSettings settings, SSLSocketFactory tls) {
        return new CommandLine(new TurnCommand(() -> settings, tls))
                .setOut(new PrintWriter(out))
                .execute("check");
    }

    private static IceSettings settings(String secret, String... urls) {
        return new IceSettings(
                Stream.of(urls)
                        .map(IceUrl::parse)
                        .filter(url -> url.scheme() == IceUrl.Scheme.STUN)
                        .toList(),
                Stream.of(urls)
                        .map(IceUrl::parse)
                        .filter(url -> url.scheme() != IceUrl.Scheme.STUN)
                        .toList(),
                Optional.of(Secret.of(secret)),
                Duration.ofHours(1),
                false);
    }

    @Test
    void check_workingServer_passes_andWithAWrongSecretSaysSo(@TempDir Path folder) throws Exception {
        Certificate certificate = Certificate.make(folder, "turn");
        try (Coturn coturn = Coturn.startForLoopback(folder, certificate)) {
            String[] urls = {
                "stun:localhost:" + coturn.port,
                coturn.url("turn", "udp").text(),
                coturn.url("turn", "tcp").text(),
                coturn.url("turns", "tcp").text()
            };
            int passed = check(settings(Coturn.SECRET, urls), Coturn.trusting(certificate));

            List<String> lines = out.toString().lines().toList();
            assertThat(passed).as(out.toString()).isZero();
            assertThat(lines).contains(urls).endsWith("All servers work.");
            assertThat(lines).filteredOn(line -> line.startsWith("    ok ")).hasSize(10);
            assertThat(out.toString()).doesNotContain(Coturn.SECRET);

            int failed = check(settings("another secret of the tests", urls[1]), Coturn.trusting(certificate));
            assertThat(failed).isEqualTo(1);
            assertThat(out.toString())
                    .contains("    FAILED  refuses the credentials (401")
                    .endsWith("At least one server does not work.\n");
        }
    }

    @Test
    void check_noTurnServer_fails() {
        assertThat(check(settings(""), null)).isEqualTo(1);
        assertThat(out.toString()).startsWith("No TURN server is configured.");
    }
}
