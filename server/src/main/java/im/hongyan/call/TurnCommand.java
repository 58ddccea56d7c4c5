package im.hongyan.call;

import im.hongyan.call.turn.IceUrl;
import im.hongyan.call.turn.TurnCheck;
import im.hongyan.config.Secret;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hongyan turn}: tests the STUN and TURN servers of the settings. */
@Command(
        name = "turn",
        description = "Tests the STUN and TURN servers of calls.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class TurnCommand {
    private static final int FAILED = 1;
    private static final Duration LONG_AGO = Duration.ofHours(1);

    private final Callable<IceSettings> settings;
    private final SSLSocketFactory tls;

    @Spec
    private CommandSpec spec;

    TurnCommand(Callable<IceSettings> settings, SSLSocketFactory tls) {
        this.settings = settings;
        this.tls = tls;
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Uses each server in call.stun-urls and call.turn-urls as a client does: allocates relays, sends data",
                "through them, and tries expired credentials. Explains what is wrong and how to fix it.",
                "Exits with 0 if all servers work, and with 1 if one does not or there is no TURN server."
            })
    int check() throws Exception {
        IceSettings ice = settings.call();
        PrintWriter out = spec.commandLine().getOut();
        if (ice.turnUrls().isEmpty()) {
            out.println("No TURN server is configured. Set HONGYAN_CALL_TURN_URLS and HONGYAN_CALL_TURN_SECRET.");
        }
        Secret secret = ice.turnSecret().orElse(Secret.of(""));
        TurnCheck check = new TurnCheck(
                () -> credentials(secret, Instant.now().plus(ice.turnTtl())),
                () -> credentials(secret, Instant.now().minus(LONG_AGO)),
                tls);
        boolean passed = !ice.turnUrls().isEmpty();
        for (IceUrl url :
                Stream.concat(ice.stunUrls().stream(), ice.turnUrls().stream()).toList()) {
            out.println(url);
            out.flush();
            List<TurnCheck.Finding> findings = check.run(url);
            findings.forEach(
                    finding -> out.println((finding.passed() ? "    ok      " : "    FAILED  ") + finding.text()));
            passed &= findings.stream().allMatch(TurnCheck.Finding::passed);
        }
        out.println(passed ? "All servers work." : "At least one server does not work.");
        out.flush();
        return passed ? 0 : FAILED;
    }

    private static TurnCheck.Credentials credentials(Secret secret, Instant expiresAt) {
        TurnCredentials issued = TurnCredentials.issue(secret, expiresAt, "turn check");
        return new TurnCheck.Credentials(issued.username(), issued.password());
    }
}
