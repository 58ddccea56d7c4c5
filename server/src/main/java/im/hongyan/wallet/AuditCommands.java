package im.hongyan.wallet;

import im.hongyan.feature.CommandStores;
import im.hongyan.wallet.Reconciliation.Finding;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command-line tools that inspect the ledger. */
public final class AuditCommands {
    private static final int FAILED = 1;

    private AuditCommands() {}

    /** {@code hongyan reconcile}: exits with 0 if the ledger adds up. */
    @Command(
            name = "reconcile",
            mixinStandardHelpOptions = true,
            description = {
                "Checks that the ledger adds up. The server may be running or not.",
                "Exits with 0 if it does, and with 1 if a check failed or could not run."
            })
    public static final class Reconcile implements Callable<Integer> {
        private final CommandStores stores;

        @Spec
        private CommandSpec spec;

        public Reconcile(CommandStores stores) {
            this.stores = stores;
        }

        @Override
        public Integer call() throws Exception {
            PrintWriter out = spec.commandLine().getOut();
            out.println("The ledger in " + stores.database());
            List<Finding> findings =
                    stores.use(Wallet.class, wallet -> wallet.reconciliation().run());
            findings.forEach(finding -> print(out, finding));
            boolean passed = findings.stream().allMatch(Finding::passed);
            out.println(passed ? "The ledger adds up." : "The ledger does NOT add up, or a check could not run.");
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
        private final CommandStores stores;

        @Spec
        private CommandSpec spec;

        public WalletCommand(CommandStores stores) {
            this.stores = stores;
        }

        @Command(
                name = "anomalies",
                mixinStandardHelpOptions = true,
                description =
                        "Prints unusual behaviour of the last 24 hours for review. A finding is not a proof of fraud.")
        int anomalies() throws Exception {
            stores.database();
            AnomalyReports.Results results =
                    stores.use(Wallet.class, wallet -> wallet.anomalyReports().run());
            PrintWriter out = spec.commandLine().getOut();
            for (AnomalyReports.Result report : results.reports()) {
                out.println(report.name() + ": " + report.description()
                        + (report.failure() == null ? "" : " (could not run: " + report.failure() + ")"));
                report.rows().forEach(row -> out.println("    " + row));
                if (report.rows().isEmpty() && report.failure() == null) {
                    out.println("    none");
                }
            }
            out.flush();
            return results.reports().stream().allMatch(report -> report.failure() == null) ? 0 : FAILED;
        }
    }
}
