package im.hongyan.call.turn;

import im.hongyan.store.Certificate;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Debian's coturn with the settings that this server ships, on free ports of 127.0.0.1. */
public final class Coturn implements Closeable {
    public static final String SECRET = "a secret of the tests: 5a1f";

    private static final int RELAY_PORTS = 40;
    private static final long START_SECONDS = 20;

    public final int port = freePort();
    public final int tlsPort = freePort();
    private final Process process;
    private final Path log;

    private Coturn(Path folder, Certificate certificate, String... options) throws Exception {
        int firstRelay = freePort();
        log = folder.resolve("coturn-" + port + ".log");
        List<String> command = new ArrayList<>(List.of(
                "turnserver",
                "-c",
                Path.of("..", "cluster-config", "turnserver.conf")
                        .toAbsolutePath()
                        .normalize()
                        .toString(),
                "--listening-ip=127.0.0.1",
                "--relay-ip=127.0.0.1",
                "--listening-port=" + port,
                "--tls-listening-port=" + tlsPort,
                "--min-port=" + Math.min(firstRelay, 65_535 - RELAY_PORTS),
                "--max-port=" + Math.min(firstRelay + RELAY_PORTS, 65_535),
                "--static-auth-secret=" + SECRET,
                "--cert=" + certificate.certificate(),
                "--pkey=" + certificate.key(),
                "--userdb=" + folder.resolve("turndb-" + port),
                "--pidfile=" + folder.resolve("pid-" + port)));
        command.addAll(List.of(options));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        awaitListening();
    }

    /** Allows relays between two clients of this machine, which the shipped settings forbid. */
    public static Coturn startForLoopback(Path folder, Certificate certificate, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1"));
        all.addAll(List.of(options));
        return new Coturn(folder, certificate, all.toArray(String[]::new));
    }

    public static Coturn start(Path folder, Certificate certificate, String... options) throws Exception {
        return new Coturn(folder, certificate, options);
    }

    /** TLS for clients that trust the certificate. */
    public static SSLSocketFactory trusting(Certificate certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream pem = Files.newInputStream(certificate.certificate())) {
            trusted.setCertificateEntry(
                    "coturn", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    public IceUrl url(String scheme, String transport) {
        int at = scheme.equals("turns") ? tlsPort : port;
        return IceUrl.parse(scheme + ":localhost:" + at + (transport.isEmpty() ? "" : "?transport=" + transport));
    }

    /** What coturn has printed so far. */
    public String log() throws IOException {
        return Files.readString(log);
    }

    private void awaitListening() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!answers() || !listens(port) || !listens(tlsPort)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                close();
                throw new IllegalStateException("coturn does not start: " + log());
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
    }

    private boolean answers() {
        IceUrl stun = IceUrl.parse("stun:localhost:" + port);
        try (TurnClient client =
                new TurnClient(StunChannel.open(stun, InetAddress.getLoopbackAddress(), null, 1_000))) {
            return client.bind() != null;
        } catch (IOException | TurnFailure notYet) {
            return false;
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** A port that is free for both TCP and UDP. */
    static int freePort() {
        while (true) {
            try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
                return udp.getLocalPort();
            } catch (IOException taken) {
                // Another one may be free.
            }
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
