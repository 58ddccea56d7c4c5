package im.hongyan;

import im.hongyan.config.Configuration;
import im.hongyan.config.Settings;
import im.hongyan.store.StartFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.BindException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the server until SIGTERM or SIGINT; then it stops in good order and exits with 0. */
@Command(
        name = "hongyan",
        description = "A self-hosted messaging server. Without a command it runs the server.",
        mixinStandardHelpOptions = true,
        versionProvider = ServeCommand.Version.class)
final class ServeCommand implements Callable<Integer> {
    private static final long START_SECONDS = 120;
    private static final long STOP_APP_SECONDS = 20;
    private static final long STOP_SECONDS = 29;

    @Spec
    private CommandSpec spec;

    @Mixin
    private SettingsOption settingsOption;

    @Option(names = "--demo", description = "Add a few people, a group and some history to try it out with.")
    private boolean demo;

    @Option(names = "--check-config", description = "Check the settings and exit.")
    private boolean checkConfig;

    @Option(names = "--print-config", description = "Print all settings with their origin (secrets left out) and exit.")
    private boolean printConfig;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private Vertx vertx;
    private Stores stores;
    private App app;

    @Override
    public Integer call() throws Exception {
        if (checkConfig || printConfig) {
            Configuration configuration = settingsOption.configuration();
            spec.commandLine().getOut().print(printConfig ? configuration.print() : "The settings are fine.\n");
            spec.commandLine().getOut().flush();
            return 0;
        }
        Settings settings = settingsOption.settings();
        if (demo && settings.production()) {
            throw new StartFailure("--demo makes people with a password that everybody knows: not in production mode.");
        }
        Ports.requireFree(settings.http());
        Thread hook = new Thread(this::stopAndExit, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            start(settings);
        } catch (Exception e) {
            Runtime.getRuntime().removeShutdownHook(hook);
            stop();
            throw e;
        }
        Greeting.print(spec.commandLine().getOut(), settings, app, demo);
        stopped.await();
        return 0;
    }

    private void start(Settings settings) throws TimeoutException {
        Vertx startedVertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        synchronized (this) {
            vertx = startedVertx;
        }
        Stores startedStores = Stores.open(vertx, settings);
        App started = new App(
                vertx, SettingsOption.withSigningKey(settings), startedStores.postgres(), startedStores.redis());
        synchronized (this) {
            stores = startedStores;
            app = started;
        }
        await(settings, app.start());
        if (demo) {
            await(settings, app.fillDemo());
        }
    }

    private static void await(Settings settings, Future<?> step) throws TimeoutException {
        Throwable failure = step.timeout(START_SECONDS, TimeUnit.SECONDS)
                .<Throwable>map(done -> null)
                .otherwise(cause -> cause)
                .await();
        if (failure instanceof BindException) {
            // Somebody took a port after we had looked.
            Ports.requireFree(settings.http());
        }
        if (failure != null) {
            throw new StartFailure("The server could not start: " + failure.getMessage(), failure);
        }
    }

    private void stopAndExit() {
        Thread limit = new Thread(() -> {
            try {
                TimeUnit.SECONDS.sleep(STOP_SECONDS);
                LoggerFactory.getLogger(ServeCommand.class).warn("The stop took too long and was cut short");
                Runtime.getRuntime().halt(0);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        limit.setDaemon(true);
        limit.start();
        LoggerFactory.getLogger(ServeCommand.class).info("Stopping");
        stop();
        LoggerFactory.getLogger(ServeCommand.class).info("Stopped");
        // A signal that was obeyed is no failure; without this the exit code would name the signal.
        Runtime.getRuntime().halt(0);
    }

    private synchronized void stop() {
        if (app != null) {
            settle(app.stop(), STOP_APP_SECONDS);
        }
        if (vertx != null) {
            settle(vertx.close(), 3);
        }
        if (stores != null) {
            stores.close();
        }
    }

    private static void settle(Future<Void> step, long seconds) {
        try {
            step.otherwiseEmpty().await(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LoggerFactory.getLogger(ServeCommand.class).warn("A step of the stop took too long and was left behind");
        }
    }

    static final class Version implements picocli.CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Hongyan " + Greeting.version()};
        }
    }
}
