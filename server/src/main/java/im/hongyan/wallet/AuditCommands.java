package im.hongyan.wallet;

import im.hongyan.feature.CommandStores;
import im.hongyan.wallet.Reconciliation.Finding;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What an operator asks of the ledger by the command line. */
public final class AuditCommands {
    private static final int WRONG = 1;

    private AuditCommands() {}

    /** {@code hongyan reconcile}: exits with 0 if the ledger adds up. */
    @Command(
            name = "reconcile",
            mixinStandardHelpOptions = true,
            description = {
                "Counts all money again and says whether it adds up, beside a running server or without one.",
                "Exits with 0 if it does, with 1 if something is wrong or could not be looked at."
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
            out.println("The ledger of " + stores.database());
            List<Finding> findings =
                    stores.use(Wallet.class, wallet -> wallet.reconciliation().run());
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
                        "Prints what a person should look at, of the last 24 hours; none of it is wrong by itself.")
        int anomalies() throws Exception {
            stores.database();
            AnomalyReports.All all =
                    stores.use(Wallet.class, wallet -> wallet.patterns().find());
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
