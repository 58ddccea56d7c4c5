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

/** The command {@code hongyan users}. */
@Command(
        name = "users",
        description = "Manages accounts.",
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
                "Creates many accounts for tests and load: u000001, u000002 and so on, all with one password.",
                "Prints one JSON object per line: {\"user\",\"username\",\"accessToken\",\"refreshToken\"}."
            })
    int create(
            @Option(names = "--count", required = true, paramLabel = "N", description = "Number of accounts.")
                    int count,
            @Option(
                            names = "--prefix",
                            defaultValue = "u",
                            description = "Prefix of the usernames (default: ${DEFAULT-VALUE}).")
                    String prefix,
            @Option(names = "--no-tokens", description = "Do not sign the accounts in.") boolean noTokens,
            @Option(
                            names = "--password",
                            arity = "0..1",
                            interactive = true,
                            description =
                                    "Password of all accounts; prompts if given without a value; generated if absent.")
                    String password,
            @Option(names = "--in-production", description = "Allow this in production mode.") boolean inProduction)
            throws Exception {
        if (stores.production() && !inProduction) {
            throw new ParameterException(
                    spec.subcommands().get("create"),
                    "In production mode, creating accounts that share a password requires --in-production.");
        }
        String chosen = password == null ? generated() : password;
        try {
            BulkUsersRequest request = new BulkUsersRequest(count, prefix, !noTokens, chosen);
            stores.use(Identity.class, identity -> identity.createUsers(request, this::print));
        } catch (Rejection e) {
            err().println(e.getMessage());
            return FAILED;
        }
        if (password == null) {
            err().println("Password: " + chosen);
        }
        return 0;
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        if (out.checkError()) {
            // The reader has gone, as in `| head`: stop creating accounts.
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
