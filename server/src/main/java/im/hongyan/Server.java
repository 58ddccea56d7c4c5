package im.hongyan;

import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.ClusterOptions;
import im.hongyan.cluster.Membership;
import im.hongyan.config.ClusterSettings;
import im.hongyan.config.Settings;
import im.hongyan.store.StartFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node from start to stop: its stores, its application and, if the settings enable it, its membership in the cluster.
 * Methods block: not for event loops.
 */
final class Server {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final long START_SECONDS = 120;
    private static final long JOIN_SECONDS = 60;
    private static final int REACH_MS = 1_000;
    private static final long STOP_APP_SECONDS = 20;
    private static final long LEAVE_SECONDS = 8;

    private final Settings settings;
    private final boolean again;
    private Cluster cluster;
    private Vertx vertx;
    private Stores stores;
    private App app;
    private boolean stopped;

    /**
     * @param again whether the node was cut off. It then rejoins only if it reaches all live nodes, because a member
     *     that does not reach another one blocks Hazelcast's migrations
     */
    Server(Settings settings, boolean again) {
        this.settings = settings;
        this.again = again;
    }

    /**
     * Starts, and waits until clients can connect.
     *
     * @param onCutOff called if the node is cut off from the others and should be stopped and replaced
     * @throws StartFailure if it cannot start; the caller must still call {@link #stop}
     */
    void start(Runnable onCutOff) {
        VertxOptions options = new VertxOptions().setPreferNativeTransport(true);
        Cluster joined;
        if (settings.cluster().enabled()) {
            String bootId = Cluster.newBootId();
            List<String> known = announce(bootId);
            Future<Cluster> joining = Cluster.join(options, options(settings.cluster()), bootId, known);
            try {
                joined = await(joining, JOIN_SECONDS);
            } catch (StartFailure failure) {
                // Otherwise it would keep the ports and count as a node that never answers.
                joining.onSuccess(late -> late.vertx().close());
                // It waits until the node has joined, which a stopping process must not do.
                if (!(failure.getCause() instanceof InterruptedException)) {
                    Cluster.terminate(bootId);
                }
                throw failure;
            }
        } else {
            joined = Cluster.standalone(Vertx.vertx(options));
        }
        synchronized (this) {
            cluster = joined;
            vertx = joined.vertx();
            stores = Stores.open(vertx, settings);
            app = new App(
                    joined, SettingsOption.withSigningKey(settings), stores.postgres(), stores.redis(), Features.ALL);
        }
        app.onCutOff(onCutOff);
        await(app.start(), START_SECONDS);
    }

    /**
     * Registers this node in the database and returns the addresses of the others, so that settings need not list
     * them.
     */
    private List<String> announce(String bootId) {
        Vertx alone = Vertx.vertx();
        try (Stores opened = Stores.open(alone, settings)) {
            String own = settings.cluster().address();
            if (again) {
                requireReachable(await(Membership.liveAddresses(opened.postgres()), START_SECONDS), own);
            }
            return await(Membership.register(opened.postgres(), bootId, own), START_SECONDS);
        } finally {
            settle(alone.close(), LEAVE_SECONDS);
        }
    }

    /** Called before this node registers, because the others rely on registered nodes. */
    private static void requireReachable(List<String> live, String own) {
        for (String address : live) {
            if (!address.equals(own) && !isReachable(address)) {
                throw new StartFailure("The node at " + address + " cannot be reached.");
            }
        }
    }

    private static boolean isReachable(String address) {
        int colon = address.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                    REACH_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    App app() {
        return app;
    }

    /** Stops in order. Idempotent. */
    synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        if (app != null) {
            settle(app.stop(), STOP_APP_SECONDS);
        }
        if (vertx != null) {
            settle(vertx.close(), LEAVE_SECONDS);
            cluster.terminate();
        }
        if (stores != null) {
            stores.close();
        }
    }

    private <T> T await(Future<T> step, long seconds) {
        try {
            return step.timeout(seconds, TimeUnit.SECONDS).await();
        } catch (Throwable failure) {
            if (failure instanceof BindException) {
                // The port was taken after the check.
                PortCheck.requireFree(settings.http());
            }
            if (failure instanceof StartFailure known) {
                throw known;
            }
            throw new StartFailure("The server could not start: " + failure.getMessage(), failure);
        }
    }

    private static void settle(Future<Void> step, long seconds) {
        try {
            step.otherwiseEmpty().await(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LOG.warn("A step of the shutdown took too long and was skipped");
        }
    }

    private static ClusterOptions options(ClusterSettings settings) {
        return new ClusterOptions(
                settings.name(),
                settings.host(),
                settings.port(),
                settings.busPort(),
                settings.members(),
                settings.dns(),
                settings.tls().map(tls -> new ClusterOptions.Tls(tls.certificate(), tls.key(), tls.ca())));
    }
}
