package im.hongyan;

import im.hongyan.config.Configuration;
import im.hongyan.config.Settings;
import im.hongyan.store.StartFailure;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code hongyan serve}, and the default: runs the server until SIGTERM or SIGINT, then stops in order and exits with
 * 0.
 */
@Command(
        name = "hongyan",
        description = "A self-hosted messaging server. Without a command it runs the server.",
        mixinStandardHelpOptions = true,
        versionProvider = ServeCommand.VersionProvider.class)
final class ServeCommand implements Callable<Integer> {
    private static final long DEMO_SECONDS = 120;
    private static final long REJOIN_SECONDS = 2;
    private static final long STOP_SECONDS = 29;
    private static final long START_END_SECONDS = 10;

    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingsOption settingsOption;

    @Option(names = "--demo", description = "Create demo users, conversations and messages.")
    private boolean demo;

    @Option(names = "--check-config", description = "Check the settings and exit.")
    private boolean checkConfig;

    @Option(names = "--print-config", description = "Print all settings with their origin (secrets redacted) and exit.")
    private boolean printConfig;

    /** Nodes that were cut off from the cluster. */
    private final BlockingQueue<Server> cutOff = new LinkedBlockingQueue<>();

    /** Reached when the first start has ended, whether it succeeded or not. */
    private final CountDownLatch startEnded = new CountDownLatch(1);

    private volatile Server server;
    private volatile boolean stopping;

    @Override
    public Integer call() throws Exception {
        if (checkConfig || printConfig) {
            Configuration configuration = settingsOption.configuration();
            configuration.warnings().forEach(ServeCommand::warn);
            spec.commandLine().getOut().print(printConfig ? configuration.print() : "The settings are valid.\n");
            spec.commandLine().getOut().flush();
            return 0;
        }
        Settings settings = settingsOption.settings();
        settingsOption.configuration().warnings().forEach(ServeCommand::warn);
        if (demo && settings.production()) {
            throw new StartFailure(
                    "--demo creates users with a well-known password, so it is not available in production mode.");
        }
        Thread main = Thread.currentThread();
        Thread hook = new Thread(() -> stopAndExit(main), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            try {
                run(settings);
            } finally {
                startEnded.countDown();
            }
            while (true) {
                if (cutOff.take() == server) {
                    rejoin(settings);
                }
            }
        } catch (Exception e) {
            if (!isRunning(hook)) {
                if (server != null) {
                    server.stop();
                }
                throw e;
            }
            // It failed because the process is stopping, so this is not an error. The hook ends the process.
            Thread.interrupted();
            hook.join();
            return 0;
        }
    }

    /** Starts the server and returns when clients can connect. */
    private void run(Settings settings) throws Exception {
        PortCheck.requireFree(settings.http());
        start(settings, false);
        if (demo) {
            server.app().fillDemo().await(DEMO_SECONDS, TimeUnit.SECONDS);
        }
        StartupBanner.print(spec.commandLine().getOut(), settings, server.app(), demo);
    }

    /** Whether the process is stopping; if not, the hook will not run any more. */
    private static boolean isRunning(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /** Prints a frame to standard error, because logs may be filtered and scroll by. */
    private static void warn(String warning) {
        System.err.println();
        System.err.println("  WARNING  " + warning);
        System.err.println();
    }

    private void start(Settings settings, boolean again) {
        Server starting = new Server(settings, again);
        server = starting;
        starting.start(() -> cutOff.add(starting));
    }

    /** Replaces a node that was cut off by a new one, as soon as that reaches the other nodes. */
    private void rejoin(Settings settings) throws InterruptedException {
        server.stop();
        while (!stopping) {
            try {
                start(settings, true);
                LoggerFactory.getLogger(ServeCommand.class).info("Rejoined the cluster");
                return;
            } catch (RuntimeException failure) {
                LoggerFactory.getLogger(ServeCommand.class)
                        .warn("Could not rejoin the cluster yet: {}", failure.getMessage());
                server.stop();
                TimeUnit.SECONDS.sleep(REJOIN_SECONDS);
            }
        }
    }

    private void stopAndExit(Thread main) {
        Thread limit = new Thread(() -> {
            try {
                TimeUnit.SECONDS.sleep(STOP_SECONDS);
                LoggerFactory.getLogger(ServeCommand.class).warn("The shutdown took too long and was aborted");
                Runtime.getRuntime().halt(0);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        limit.setDaemon(true);
        limit.start();
        LoggerFactory.getLogger(ServeCommand.class).info("Stopping");
        stopping = true;
        boolean ended = awaitStart(main);
        Server running = server;
        // Otherwise the start still holds the server. Built-in stores stop by themselves when this process ends.
        if (!ended) {
            LoggerFactory.getLogger(ServeCommand.class).warn("Aborted the startup, because it did not stop in time");
        } else if (running != null) {
            running.stop();
        }
        LoggerFactory.getLogger(ServeCommand.class).info("Stopped");
        // Obeying a signal is a success; without this, the exit code would be that of the signal.
        Runtime.getRuntime().halt(0);
    }

    /** Interrupts a start and waits until it has ended, so that nothing starts while the server is being stopped. */
    private boolean awaitStart(Thread main) {
        try {
            if (startEnded.getCount() > 0) {
                main.interrupt();
            }
            return startEnded.await(START_END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static final class VersionProvider implements picocli.CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Hongyan " + Version.current()};
        }
    }
}
