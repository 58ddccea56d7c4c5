package im.hongyan.identity;

import im.hongyan.feature.CommandStores;
import im.hongyan.protocol.Rejection;
import java.io.PrintWriter;
import java.util.Base64;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hongyan users}: accounts by the command line. */
@Command(
        name = "users",
        description = "Accounts.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class UsersCommand {
    private static final int FAILED = 1;

    private final CommandStores stores;

    @Spec
    private CommandSpec spec;

    public UsersCommand(CommandStores stores) {
        this.stores = stores;
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Makes accounts in bulk, for tests and load: u000001, u000002 and so on, all with one password.",
                "Prints one JSON object a line: {\"user\",\"username\",\"accessToken\",\"refreshToken\"}."
            })
    int create(
            @Option(names = "--count", required = true, paramLabel = "N", description = "How many.") int count,
            @Option(
                            names = "--prefix",
                            defaultValue = "u",
                            description = "What their names begin with (default: ${DEFAULT-VALUE}).")
                    String prefix,
            @Option(names = "--no-tokens", description = "Do not sign them in.") boolean noTokens,
            @Option(
                            names = "--password",
                            arity = "0..1",
                            interactive = true,
                            description =
                                    "The password of all; without a value it is asked for, and made up if absent.")
                    String password,
            @Option(names = "--in-production", description = "Do it although this is production mode.")
                    boolean inProduction)
            throws Exception {
        if (stores.production() && !inProduction) {
            throw new ParameterException(
                    spec.subcommands().get("create"),
                    "This is production mode: accounts that share a password are made only with --in-production.");
        }
        String chosen = password == null ? generated() : password;
        try {
            BulkUsersRequest order = new BulkUsersRequest(count, prefix, !noTokens, chosen);
            stores.use(Identity.class, identity -> identity.createUsers(order, this::print));
        } catch (Rejection e) {
            err().println(e.getMessage());
            return FAILED;
        }
        if (password == null) {
            err().println("Their password: " + chosen);
        }
        return 0;
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        if (out.checkError()) {
            // Whoever read us has gone, as in `| head`: no more accounts for nobody.
            throw new IllegalStateException("the output was closed");
        }
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    private static String generated() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Digests.random(12));
    }
}
