package im.hongyan.local.cluster;

import im.hongyan.local.stores.ChildProcess;
import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** HAProxy with the shipped configuration and other addresses. Methods block. */
public final class Balancer implements AutoCloseable {
    /** HAProxy logs this when its ports are open. */
    private static final String READY = "Loading success.";

    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration STOP = Duration.ofSeconds(5);

    private final ChildProcess child;
    private final LogFile log;

    private Balancer(ChildProcess child, LogFile log) {
        this.child = child;
        this.log = log;
    }

    public static boolean isInstalled() {
        return ChildProcess.isCommand("haproxy");
    }

    /**
     * Starts HAProxy.
     *
     * @param shipped {@code cluster-config/haproxy.cfg}
     * @param folder for the configuration and the log
     * @param bind where it listens, in HAProxy's syntax: {@code 127.0.0.1:8080}
     * @param nodes the addresses of the nodes, {@code host:port}
     * @throws StartFailure with HAProxy's output
     */
    public static Balancer start(Path shipped, Path folder, String bind, List<String> nodes) {
        try {
            Path configuration = folder.resolve("haproxy.cfg");
            Files.createDirectories(folder);
            Files.writeString(configuration, configuration(Files.readString(shipped), bind, nodes));
            LogFile log = LogFile.open(folder.resolve("balancer.log"));
            // A master with a worker (-W) in the foreground (-db): the master logs when the ports are open.
            List<String> command = List.of("haproxy", "-W", "-db", "-f", configuration.toString());
            ChildProcess child = ChildProcess.start("haproxy", command, Map.of(), READY, log::line);
            Balancer balancer = new Balancer(child, log);
            if (!child.awaitReady(START)) {
                balancer.close();
                throw new StartFailure("HAProxy did not start:\n" + child.output());
            }
            return balancer;
        } catch (IOException e) {
            throw new StartFailure("HAProxy could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("The start was interrupted.", e);
        }
    }

    /** The shipped configuration with other addresses. */
    static String configuration(String shipped, String bind, List<String> nodes) {
        String servers = IntStream.range(0, nodes.size())
                .mapToObj(i -> "    server node" + (i + 1) + " " + nodes.get(i))
                .collect(Collectors.joining("\n"));
        String bound = shipped.replaceFirst("(?m)^    bind :80$", "    bind " + bind);
        String served = bound.replaceFirst("(?m)(?:^    server .*\n)+", servers + "\n");
        if (bound.equals(shipped) || served.equals(bound)) {
            throw new StartFailure(
                    "The balancer's configuration has no line 'bind :80', or none that begins with 'server'.");
        }
        return served;
    }

    public boolean isAlive() {
        return child.isAlive();
    }

    @Override
    public void close() {
        try {
            child.stop(STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.close();
    }
}
