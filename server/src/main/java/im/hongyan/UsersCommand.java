package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.identity.BulkOrder;
import im.hongyan.protocol.Rejection;
import im.hongyan.store.StartFailure;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What an operator does with accounts. */
@Command(
        name = "users",
        description = "Makes accounts.",
        subcommands = UsersCommand.Create.class,
        mixinStandardHelpOptions = true)
final class UsersCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do: users create");
    }

    @Command(
            name = "create",
            description = {
                "Makes people in bulk, for tests and load, beside a running server or without one.",
                "Prints one JSON object for each, on its own line."
            },
            mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        private static final long DEADLINE_MINUTES = 60;

        @Spec
        private CommandSpec spec;

        @Mixin
        private SettingsOption settingsOption;

        @Option(names = "--count", required = true, paramLabel = "N", description = "How many.")
        private int count;

        @Option(
                names = "--prefix",
                defaultValue = "user",
                description = "What their names begin with; a number follows (default: ${DEFAULT-VALUE}).")
        private String prefix;

        @Option(names = "--tokens", description = "Sign each in and print its tokens.")
        private boolean tokens;

        @Option(names = "--password", description = "The password of all of them (default: one that nobody knows).")
        private String password;

        @Option(
                names = "--even-in-production",
                description = "Needed in production mode, as it makes many accounts at once.")
        private boolean evenInProduction;

        @Override
        public Integer call() throws Exception {
            Settings settings = settingsOption.settings();
            if (settings.production() && !evenInProduction) {
                throw new StartFailure("In production mode this needs --even-in-production.");
            }
            BulkOrder order = order();
            Vertx vertx = Vertx.vertx();
            try (Stores stores = Stores.join(vertx, settings)) {
                App app = new App(vertx, SettingsOption.withSigningKey(settings), stores.postgres(), stores.redis());
                PrintWriter out = spec.commandLine().getOut();
                app.identity()
                        .createUsers(order, out::println)
                        .eventually(app::stop)
                        .await(DEADLINE_MINUTES, TimeUnit.MINUTES);
                out.flush();
                return 0;
            } catch (Rejection | TimeoutException e) {
                throw new StartFailure("The people could not be made: " + e.getMessage(), e);
            } finally {
                vertx.close();
            }
        }

        private BulkOrder order() {
            try {
                return new BulkOrder(count, prefix, tokens, password == null ? unknownPassword() : password);
            } catch (Rejection e) {
                throw new ParameterException(spec.commandLine(), e.getMessage(), e);
            }
        }

        private static String unknownPassword() {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            return HexFormat.of().formatHex(random);
        }
    }
}
