package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.local.LocalStores;
import im.hongyan.local.cluster.Balancer;
import im.hongyan.local.cluster.ClusterMonitor;
import im.hongyan.local.cluster.LocalCluster;
import im.hongyan.store.StartFailure;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hongyan cluster}: runs nodes, stores and a balancer on this machine until SIGINT or SIGTERM. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = {
            "Runs several nodes on this machine behind a balancer (HAProxy) and shows their state.",
            "They share one PostgreSQL and Redis. The balancer has the HTTP port, the nodes those after it."
        })
final class ClusterCommand implements Callable<Integer> {
    private static final long STOP_SECONDS = 70;

    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingsOption settingsOption;

    @Parameters(arity = "0..1", paramLabel = "N", defaultValue = "3", description = "The number of nodes (default: 3).")
    private int count;

    @Option(names = "--demo", description = "Create demo users, conversations and messages.")
    private boolean demo;

    @Option(names = "--screen", description = "Show a screen that is redrawn each second, instead of lines.")
    private boolean screen;

    @Option(
            names = "--balancer-config",
            paramLabel = "FILE",
            description = "HAProxy's configuration; its addresses are replaced (default: cluster-config/haproxy.cfg).")
    private Path balancerConfig;

    /** The parts that were started, the last one first. */
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private volatile ClusterMonitor monitor;
    private volatile boolean stopping;

    @Override
    public Integer call() throws Exception {
        Settings settings = settingsOption.settings();
        if (demo && settings.production()) {
            throw new StartFailure(
                    "--demo creates users with a well-known password, so it is not available in production mode.");
        }
        // Checked first, so that an invalid plan or a taken port starts nothing.
        new LocalCluster(plan(settings, Map.of())).requirePorts();
        Thread hook = new Thread(this::stopAndExit, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            run(settings, spec.commandLine().getOut());
        } catch (Exception e) {
            if (!stopping) {
                Runtime.getRuntime().removeShutdownHook(hook);
                stop();
                throw e;
            }
        }
        // The hook ends the program.
        new CountDownLatch(1).await();
        return 0;
    }

    private void run(Settings settings, PrintWriter out) throws Exception {
        if (settings.postgres().url().isEmpty() || settings.redis().url().isEmpty()) {
            say(out, "Built-in stores in " + settings.data());
        }
        LocalStores stores = push(LocalStores.start(settings, count));
        Map<String, String> environment = new HashMap<>(stores.environment());
        if (settings.auth().keys().isEmpty()) {
            // All nodes need the same key, because they verify each other's tokens.
            environment.put(
                    "HONGYAN_AUTH_KEYS",
                    SettingsOption.withSigningKey(settings).auth().keys().get(0).encoded());
        }
        LocalCluster cluster = push(new LocalCluster(plan(settings, environment)));
        cluster.start(line -> say(out, line));
        show(settings, cluster, out);
    }

    private LocalCluster.Plan plan(Settings settings, Map<String, String> environment) {
        List<String> command = new ArrayList<>(program());
        settingsOption.file().ifPresent(file -> command.addAll(List.of("--config", file.toString())));
        return new LocalCluster.Plan(
                settings.http().host(),
                settings.http().port(),
                count,
                command,
                demo ? List.of("--demo") : List.of(),
                environment,
                settings.data().resolve("cluster"),
                balancerConfig != null
                        ? balancerConfig
                        : SettingsOption.home().resolve("cluster-config").resolve("haproxy.cfg"));
    }

    /** The command that runs this program, with the same options for Java. */
    private static List<String> program() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                // This process occupies the debugger's port.
                .filter(option -> !option.startsWith("-agentlib:"))
                .forEach(command::add);
        String path = System.getProperty("java.class.path");
        // Java reads a jar's manifest only with -jar.
        command.addAll(
                path.endsWith(".jar") && !path.contains(File.pathSeparator)
                        ? List.of("-jar", path)
                        : List.of("-cp", path, "im.hongyan.Main"));
        return command;
    }

    private void show(Settings settings, LocalCluster cluster, PrintWriter out) throws IOException {
        int port = settings.http().port();
        // Without a balancer nothing listens on its port; the first node has the next one.
        String site = Balancer.isInstalled()
                ? "http://" + settings.http().host() + ":" + port + "/"
                : "http://127.0.0.1:" + (port + 1) + "/";
        Path folder = settings.data().resolve("cluster");
        ClusterMonitor shown = new ClusterMonitor(
                cluster::view,
                out,
                List.of(
                        "  鸿雁 Hongyan " + Version.current() + ", " + count + " nodes, open " + site,
                        "  logs in " + folder
                                + "; kill PID drains a node, kill -9 PID simulates a power failure; Ctrl-C stops all"));
        if (!screen) {
            say(out, "The cluster is running: " + site + ", logs in " + folder + ". Ctrl-C stops it.");
            shown.lines();
            return;
        }
        monitor = shown;
        // Log lines would garble the screen.
        Files.createDirectories(folder);
        System.setErr(new PrintStream(
                new FileOutputStream(folder.resolve("cluster.log").toFile()), true, StandardCharsets.UTF_8));
        shown.screen();
    }

    private static void say(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }

    private synchronized <T extends AutoCloseable> T push(T one) {
        started.push(one);
        return one;
    }

    private void stopAndExit() {
        stopping = true;
        Thread limit = new Thread(() -> {
            try {
                TimeUnit.SECONDS.sleep(STOP_SECONDS);
                // The remaining children notice that this process is gone, and stop.
                Runtime.getRuntime().halt(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        limit.setDaemon(true);
        limit.start();
        Optional.ofNullable(monitor).ifPresent(ClusterMonitor::leave);
        PrintWriter out = spec.commandLine().getOut();
        say(out, "Stopping: the nodes drain");
        stop();
        say(out, "Stopped.");
        // Obeying a signal is a success; without this, the exit code would be that of the signal.
        Runtime.getRuntime().halt(0);
    }

    /** Stops the nodes, then the balancer, then the stores. */
    private void stop() {
        List<AutoCloseable> ending;
        synchronized (this) {
            ending = List.copyOf(started);
            started.clear();
        }
        for (AutoCloseable each : ending) {
            try {
                each.close();
            } catch (Exception e) {
                LoggerFactory.getLogger(ClusterCommand.class)
                        .warn("{} could not be closed: {}", each.getClass().getSimpleName(), e.toString());
            }
        }
    }
}
