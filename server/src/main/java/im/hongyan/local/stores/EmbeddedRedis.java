package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import im.hongyan.store.redis.RedisAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis server that keeps nothing on disk. If it crashes, it is restarted, empty and on the same port. All methods
 * block: not for event loops.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final String READY = "Ready to accept connections";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final Path home;
    private final Path configuration;
    private final Path pidFile;
    private final String binary;
    private final String password;
    private final SupervisedProcess server;

    private EmbeddedRedis(DataFolder folder, Path runtime) throws IOException, InterruptedException {
        this.home = Files.createDirectories(folder.path().resolve("redis"));
        this.configuration = home.resolve("redis.conf");
        this.pidFile = home.resolve("redis.pid");
        this.binary = new Binaries(runtime).redis(Platform.here().redis).toString();
        this.password = folder.password("redis");
        // Only this folder's Redis has this configuration file on its command line.
        OrphanProcess.stop(pidFile, configuration.toString(), STOP_TIMEOUT);
        this.server = new SupervisedProcess("Redis", STOP_TIMEOUT, this::spawn);
    }

    /** Starts the server, with its configuration in the subfolder {@code redis}. */
    public static EmbeddedRedis start(DataFolder folder) {
        return start(folder, folder.path().resolve("runtime"));
    }

    /**
     * As {@link #start(DataFolder)}.
     *
     * @param runtime the folder for the unpacked binary
     */
    public static EmbeddedRedis start(DataFolder folder, Path runtime) {
        try {
            EmbeddedRedis redis = new EmbeddedRedis(folder, runtime);
            redis.server.start();
            return redis;
        } catch (IOException e) {
            throw folder.failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("The start was interrupted.", e);
        }
    }

    /** The server's address, which does not change. */
    public RedisAddress address() {
        return address(server.port(), password);
    }

    private static RedisAddress address(int port, String password) {
        return new RedisAddress("127.0.0.1", port, Optional.empty(), Optional.of(password), 0, false, Optional.empty());
    }

    /** The address of the server that another process runs in the folder; empty if there is none. */
    public static Optional<RedisAddress> running(Path folder) {
        try {
            Optional<String> port = Files.readAllLines(folder.resolve("redis").resolve("redis.conf")).stream()
                    .filter(line -> line.startsWith("port "))
                    .map(line -> line.substring("port ".length()))
                    .findFirst();
            String password =
                    Files.readString(DataFolder.passwordFile(folder, "redis")).strip();
            return port.map(number -> address(Integer.parseInt(number), password));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The process id, which changes with a restart. */
    public long pid() {
        return server.pid();
    }

    /** Stops the server, which loses its data. Idempotent. */
    public void stop() {
        server.stop();
    }

    /** Restarts the server after {@link #stop}, empty, on the same port. */
    public void start() {
        server.start();
    }

    @Override
    public void close() {
        stop();
    }

    private ChildProcess spawn(int port) throws IOException, InterruptedException {
        // In a file, because all users of the machine can read a command line.
        DataFolder.writePrivately(
                configuration,
                """
                bind 127.0.0.1
                port %d
                requirepass %s
                dir "%s"
                pidfile "%s"
                save ""
                appendonly no
                daemonize no
                set-proc-title no
                maxmemory 512mb
                maxmemory-policy noeviction
                """
                        .formatted(port, password, home, pidFile));
        ChildProcess child = ChildProcess.start(
                "redis", List.of(binary, configuration.toString()), READY, line -> LOG.debug("Redis: {}", line));
        if (child.awaitReady(START_TIMEOUT)) {
            return child;
        }
        child.stop(STOP_TIMEOUT);
        String output = child.output();
        StartFailure failure = new StartFailure("The built-in Redis did not start: "
                + output.lines().reduce((first, last) -> last).orElse("no output"));
        if (output.contains("Address already in use")) {
            throw new SupervisedProcess.TransientFailure(failure);
        }
        throw failure;
    }
}
