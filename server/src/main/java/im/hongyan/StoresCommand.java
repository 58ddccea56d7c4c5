package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.local.LocalStores;
import im.hongyan.store.StartFailure;
import java.io.PrintWriter;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hongyan stores}: runs only the built-in stores until SIGINT or SIGTERM. */
@Command(
        name = "stores",
        mixinStandardHelpOptions = true,
        description = {
            "Runs only the built-in PostgreSQL and Redis, for nodes that are started and stopped separately.",
            "Prints the environment variables that a node needs, passwords included, one NAME=value per line."
        })
final class StoresCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingsOption settingsOption;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "3",
            description = "The number of nodes that may connect (default: 3).")
    private int nodes;

    @Override
    public Integer call() throws Exception {
        Settings settings = settingsOption.settings();
        if (nodes < 1 || nodes > 100) {
            throw new StartFailure("--nodes must be from 1 to 100, not " + nodes + ".");
        }
        LocalStores stores = LocalStores.start(settings, nodes);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stores.close();
                            // Obeying a signal is a success.
                            Runtime.getRuntime().halt(0);
                        },
                        "stop"));
        PrintWriter out = spec.commandLine().getOut();
        new TreeMap<>(stores.environment()).forEach((name, value) -> out.println(name + "=" + value));
        out.println("Ctrl-C stops it.");
        out.flush();
        new CountDownLatch(1).await();
        return 0;
    }
}
