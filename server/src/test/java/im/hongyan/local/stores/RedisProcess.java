package im.hongyan.local.stores;

import im.hongyan.store.Certificate;
import im.hongyan.store.redis.RedisAddress;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Redis server with a test's own configuration and the built-in server's binary. It ends with the JVM. */
public final class RedisProcess {
    private static final Logger LOG = LoggerFactory.getLogger(RedisProcess.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> command;
    private final String ready;
    private final int port;
    private final Optional<String> password;
    private final Optional<Certificate> tls;
    private ChildProcess child;

    private RedisProcess(
            List<String> command, String ready, int port, Optional<String> password, Optional<Certificate> tls) {
        this.command = command;
        this.ready = ready;
        this.port = port;
        this.password = password;
        this.tls = tls;
    }

    /** Starts a server with {@code lines} besides port, folder and password. */
    public static RedisProcess server(Path runtime, Path folder, Optional<String> password, List<String> lines)
            throws IOException, InterruptedException {
        return server(runtime, folder, password, Optional.empty(), lines);
    }

    /** Starts a server that uses only TLS if it has a certificate. */
    public static RedisProcess server(
            Path runtime, Path folder, Optional<String> password, Optional<Certificate> tls, List<String> lines)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("save \"\"", "appendonly no", "repl-diskless-sync yes"));
        password.ifPresent(text -> all.addAll(List.of("requirepass " + text, "masterauth " + text)));
        all.addAll(lines);
        return start(runtime, folder, password, tls, all, List.of(), "Ready to accept connections");
    }

    /** Starts a sentinel. */
    public static RedisProcess sentinel(Path runtime, Path folder, Optional<String> password, List<String> lines)
            throws IOException, InterruptedException {
        return sentinel(runtime, folder, password, Optional.empty(), lines);
    }

    /** Starts a sentinel that uses only TLS if it has a certificate. */
    public static RedisProcess sentinel(
            Path runtime, Path folder, Optional<String> password, Optional<Certificate> tls, List<String> lines)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(lines);
        password.ifPresent(text -> all.add("requirepass " + text));
        return start(runtime, folder, password, tls, all, List.of("--sentinel"), "Sentinel ID is");
    }

    private static RedisProcess start(
            Path runtime,
            Path folder,
            Optional<String> password,
            Optional<Certificate> tls,
            List<String> lines,
            List<String> arguments,
            String ready)
            throws IOException, InterruptedException {
        int port = freePort();
        Path home = Files.createDirectories(folder.resolve(Integer.toString(port)));
        Path configuration = home.resolve("redis.conf");
        List<String> all = new ArrayList<>(List.of("bind 127.0.0.1", "dir \"" + home + "\"", "daemonize no"));
        all.addAll(tls.map(certificate -> tls(port, certificate)).orElse(List.of("port " + port)));
        all.addAll(lines);
        Files.write(configuration, all);
        List<String> command = new ArrayList<>(
                List.of(new Binaries(runtime).redis(Platform.here().redis).toString(), configuration.toString()));
        command.addAll(arguments);
        RedisProcess process = new RedisProcess(command, ready, port, password, tls);
        process.start();
        return process;
    }

    private static List<String> tls(int port, Certificate certificate) {
        return List.of(
                "port 0",
                "tls-port " + port,
                "tls-cert-file \"" + certificate.certificate() + "\"",
                "tls-key-file \"" + certificate.key() + "\"",
                "tls-ca-cert-file \"" + certificate.certificate() + "\"",
                "tls-auth-clients no",
                "tls-replication yes",
                "tls-cluster yes");
    }

    /** The cluster bus uses the port 10,000 above, which must be free, too. */
    private static int freePort() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(22_000, 23_000);
            try (ServerSocket first = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                    ServerSocket second = new ServerSocket(port + 10_000, 1, InetAddress.getLoopbackAddress())) {
                LOG.debug("ports {} and {} are free", first.getLocalPort(), second.getLocalPort());
                return port;
            } catch (BindException taken) {
                LOG.debug("port {} is taken", port);
            }
        }
    }

    /** Restarts the server, empty. */
    public void start() throws IOException, InterruptedException {
        child = ChildProcess.start("redis-" + port, command, ready, line -> LOG.debug("{}: {}", port, line));
        if (!child.awaitReady(PATIENCE)) {
            throw new IOException(child.output());
        }
    }

    public RedisAddress address() {
        return new RedisAddress(
                "127.0.0.1", port, Optional.empty(), password, 0, tls.isPresent(), tls.map(certificate -> certificate
                        .certificate()
                        .toString()));
    }

    public int port() {
        return port;
    }

    public long pid() {
        return child.pid();
    }

    /** Sends SIGKILL and waits until the process has ended. */
    public void kill() throws InterruptedException {
        ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly);
        child.awaitExit();
    }

    public void close() throws InterruptedException {
        child.stop(PATIENCE);
    }
}
