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

/** The command-line tools that inspect the ledger. */
public final class AuditCommands {
    private static final int FAILED = 1;

    private AuditCommands() {}

    /** Gives the commands a wallet on open stores, without a running node. */
    public interface Stores {
        /**
         * Opens the stores, runs the work and closes the stores. The database has to exist.
         *
         * @throws Exception if the work fails or the stores cannot be opened
         */
        <T> T use(Function<Wallet, Future<T>> work) throws Exception;

        /**
         * Describes the database that is inspected.
         *
         * @throws Exception if it does not exist
         */
        String place() throws Exception;
    }

    /** {@code hongyan reconcile}: exits with 0 if the ledger is consistent. */
    @Command(
            name = "reconcile",
            mixinStandardHelpOptions = true,
            description = {
                "Checks that the ledger is consistent. The server may be running or not.",
                "Exits with 0 if it is, and with 1 if a check failed or could not run."
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
            out.println("The ledger in " + stores.place());
            List<Finding> findings =
                    stores.use(wallet -> wallet.reconciliation().run());
            findings.forEach(finding -> print(out, finding));
            boolean passed = findings.stream().allMatch(Finding::passed);
            out.println(
                    passed ? "The ledger adds up." : "The ledger does NOT add up, or a check could not run.");
            out.flush();
            return passed ? 0 : FAILED;
        }

        private static void print(PrintWriter out, Finding finding) {
            String verdict = finding.failure() != null
                    ? "could not run: " + finding.failure()
                    : finding.violations() == 0 ? "passed" : finding.violations() + " violations";
            out.printf("%-24s %s%n", finding.check(), verdict);
            finding.examples().forEach(example -> out.println("    " + example));
        }
    }

    /** {@code hongyan wallet}: reports on the use of wallets. */
    @Command(
            name = "wallet",
            description = "Reports on the use of wallets.",
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
                        "Prints unusual behaviour of the last 24 hours for review. A finding is not a proof of fraud.")
        int patterns() throws Exception {
            AnomalyReports.Results all =
                    stores.use(wallet -> wallet.anomalyReports().run());
            PrintWriter out = spec.commandLine().getOut();
            for (AnomalyReports.Result found : all.patterns()) {
                out.println(found.pattern() + ": " + found.about()
                        + (found.failure() == null ? "" : " (could not run: " + found.failure() + ")"));
                found.found().forEach(row -> out.println("    " + row));
                if (found.found().isEmpty() && found.failure() == null) {
                    out.println("    none");
                }
            }
            out.flush();
            return all.patterns().stream().allMatch(found -> found.failure() == null) ? 0 : FAILED;
        }
    }
}
