package im.hongyan.wallet;

import im.hongyan.wallet.Reconciliation.Finding;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What an operator asks of the ledger by the command line. */
public final class AuditCommands {
    private static final int WRONG = 1;

    private AuditCommands() {}

    /** What the commands work on: the wallet on opened stores, without a node around it. */
    public interface Stores {
        /**
         * Opens the stores, does the work and closes them again.
         *
         * @throws Exception as the work fails, or as the stores cannot be opened; there has to be a database
         */
        <T> T use(Function<Wallet, Future<T>> work) throws Exception;

        /**
         * Where the money is that is looked at, in words.
         *
         * @throws Exception if there is none
         */
        String place() throws Exception;
    }

    /** {@code hongyan reconcile}: exits with 0 if the ledger adds up. */
    @Command(
            name = "reconcile",
            mixinStandardHelpOptions = true,
            description = {
                "Counts all money again and says whether it adds up, beside a running server or without one.",
                "Exits with 0 if it does, with 1 if something is wrong or could not be looked at."
            })
    public static final class Reconcile implements Callable<Integer> {
        private final Stores stores;

        @Spec
        private CommandSpec spec;

        public Reconcile(Stores stores) {
            this.stores = stores;
        }

        @Override
        public Integer call() throws Exception {
            PrintWriter out = spec.commandLine().getOut();
            out.println("The ledger of " + stores.place());
            List<Finding> findings =
                    stores.use(wallet -> wallet.reconciliation().run());
            findings.forEach(finding -> print(out, finding));
            boolean well = findings.stream().allMatch(Finding::isWell);
            out.println(
                    well ? "The ledger adds up." : "The ledger does NOT add up, or could not be looked at as a whole.");
            out.flush();
            return well ? 0 : WRONG;
        }

        private static void print(PrintWriter out, Finding finding) {
            String verdict = finding.failure() != null
                    ? "not done: " + finding.failure()
                    : finding.violations() == 0 ? "well" : finding.violations() + " violations";
            out.printf("%-24s %s%n", finding.check(), verdict);
            finding.examples().forEach(example -> out.println("    " + example));
        }
    }

    /** {@code hongyan wallet}: looks into what money does. */
    @Command(
            name = "wallet",
            description = "What money does.",
            mixinStandardHelpOptions = true,
            synopsisSubcommandLabel = "COMMAND")
    public static final class WalletCommand {
        private final Stores stores;

        @Spec
        private CommandSpec spec;

        public WalletCommand(Stores stores) {
            this.stores = stores;
        }

        @Command(
                name = "patterns",
                mixinStandardHelpOptions = true,
                description =
                        "Prints what a person should look at, of the last 24 hours; none of it is wrong by itself.")
        int patterns() throws Exception {
            AnomalyReports.All all = stores.use(wallet -> wallet.patterns().find());
            PrintWriter out = spec.commandLine().getOut();
            for (AnomalyReports.Found found : all.patterns()) {
                out.println(found.pattern() + ": " + found.about()
                        + (found.failure() == null ? "" : " (not done: " + found.failure() + ")"));
                found.found().forEach(row -> out.println("    " + row));
                if (found.found().isEmpty() && found.failure() == null) {
                    out.println("    none");
                }
            }
            out.flush();
            return all.patterns().stream().allMatch(found -> found.failure() == null) ? 0 : WRONG;
        }
    }
}
