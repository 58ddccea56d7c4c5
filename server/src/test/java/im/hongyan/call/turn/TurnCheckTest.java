package im.hongyan.call.turn;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.call.turn.TurnCheck.Credentials;
import im.hongyan.call.turn.TurnCheck.Finding;
import im.hongyan.store.Certificate;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The self-test against Debian's coturn with the shipped settings, and against servers with the usual mistakes. */
class TurnCheckTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    static Path folder;

    private static Certificate certificate;
    private static SSLSocketFactory tls;
    private static Coturn coturn;

    @BeforeAll
    static void start() throws Exception {
        certificate = Certificate.make(folder, "turn");
        tls = Coturn.trusting(certificate);
        coturn = Coturn.startForLoopback(folder, certificate);
    }

    @AfterAll
    static void stop() {
        coturn.close();
    }

    @ParameterizedTest
    @CsvSource({"turn, udp", "turn, tcp", "turns, tcp"})
    void run_workingServer_allocatesPermitsAndRelays(String scheme, String transport) {
        List<Finding> findings = run(coturn.url(scheme, transport));

        assertThat(findings).allMatch(Finding::passed).hasSize(3);
        assertThat(findings.get(0).text()).matches("allocates a relay at 127.0.0.1:\\d+, and sees this machine as .*");
        assertThat(findings.get(1).text()).startsWith("relays data in both directions");
        assertThat(findings.get(2).text()).isEqualTo("refuses expired credentials");
    }

    @Test
    void run_stunServer_reportsTheAddress() {
        assertThat(run(IceUrl.parse("stun:localhost:" + coturn.port)))
                .singleElement()
                .matches(Finding::passed)
                .asString()
                .contains("sees this machine as 127.0.0.1:");
    }

    @ParameterizedTest
    @CsvSource({"turn, udp", "turn, tcp", "turns, tcp"})
    void allocate_expiredCredentials_areRefusedWith401(String scheme, String transport) throws Exception {
        Credentials expired = credentials(Coturn.SECRET, Instant.now().minusSeconds(5));
        try (TurnClient client = client(coturn.url(scheme, transport))) {
            assertThat(client.isChallenged()).isTrue();
            TurnFailure failure = failureOf(() -> client.allocate(expired.username(), expired.password()));
            assertThat(failure.code()).isEqualTo(401);
        }
        try (TurnClient client = client(coturn.url(scheme, transport))) {
            assertThat(client.isChallenged()).isTrue();
            Credentials valid = credentials(Coturn.SECRET, Instant.now().plusSeconds(60));
            assertThat(client.allocate(valid.username(), valid.password())
                            .relayed()
                            .getPort())
                    .isPositive();
            client.releaseQuietly();
        }
    }

    @Test
    void run_wrongSecret_isExplained() {
        assertFails(
                run(check("another secret of the tests"), coturn.url("turn", "udp")), "refuses the credentials (401");
    }

    /** How an operator changes the secret. */
    @Test
    void run_serverWithTwoSecrets_acceptsBoth() throws Exception {
        String next = "the next secret of the tests";
        try (Coturn both = Coturn.startForLoopback(folder, certificate, "--static-auth-secret=" + next)) {
            for (String secret : List.of(Coturn.SECRET, next)) {
                assertThat(run(check(secret), both.url("turn", "udp"))).allMatch(Finding::passed);
            }
        }
    }

    /** The shipped settings keep relays out of private networks, which also forbids what the test needs. */
    @Test
    void run_forbiddenPeer_isExplained() throws Exception {
        try (Coturn strict = Coturn.start(folder, certificate)) {
            List<Finding> findings = run(strict.url("turn", "udp"));

            assertFails(findings, "forbids 127.0.0.1 as a peer (403)");
            assertThat(findings.get(findings.size() - 1).passed()).isTrue();
        }
    }

    @Test
    void run_quotaReached_isExplained() throws Exception {
        try (Coturn small = Coturn.start(folder, certificate, "--total-quota=1")) {
            assertFails(run(small.url("turn", "udp")), "has reached its quota of allocations (486)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "442 | cannot relay over UDP (442",
                "508 | has no free relay port (508)",
                "403 | forbids allocations from this machine (403",
                "441 | refuses the credentials (441",
                "300 | refuses the allocation (300",
            })
    void run_refusedAllocation_isExplained(int code, String explanation) throws Exception {
        try (FakeServer server = new FakeServer(
                request -> challenge(request, request.text(StunMessage.NONCE).isEmpty() ? 401 : code, "nonce"))) {
            assertFails(run(server.url()), explanation);
        }
    }

    @ParameterizedTest
    @CsvSource({"turn, udp, UDP", "turn, tcp, TCP", "turns, tcp, TCP"})
    void run_nothingListens_isExplained(String scheme, String transport, String protocol) {
        int port = Coturn.freePort();
        assertFails(
                run(IceUrl.parse(scheme + ":localhost:" + port + "?transport=" + transport)),
                "does not listen: the machine refuses " + protocol + " port " + port + " of localhost");
    }

    @Test
    void run_silentServer_isExplained() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, LOOPBACK)) {
            assertFails(
                    run(IceUrl.parse("turn:localhost:" + silent.getLocalPort())),
                    "does not answer at UDP port " + silent.getLocalPort());
        }
    }

    @Test
    void run_unknownName_isExplained() {
        assertFails(run(IceUrl.parse("turn:turn.invalid")), "cannot be found: the name turn.invalid does not resolve");
    }

    @Test
    void run_untrustedCertificate_isExplained() {
        TurnCheck check = new TurnCheck(
                () -> credentials(Coturn.SECRET, Instant.now().plusSeconds(60)),
                () -> credentials(Coturn.SECRET, Instant.EPOCH),
                (SSLSocketFactory) SSLSocketFactory.getDefault());
        assertFails(run(check, coturn.url("turns", "tcp")), "fails to set up TLS");
    }

    @Test
    void run_certificateForAnotherName_isExplained() {
        assertFails(run(IceUrl.parse("turns:127.0.0.1:" + coturn.tlsPort)), "fails to set up TLS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"turn", "turns"})
    void run_otherServerOnThePort_isExplained(String scheme) throws Exception {
        try (ServerSocket web = new ServerSocket(0, 5, LOOPBACK)) {
            CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> {
                try (Socket client = web.accept()) {
                    client.getInputStream().read();
                    client.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            List<Finding> findings = run(IceUrl.parse(scheme + ":localhost:" + web.getLocalPort() + "?transport=tcp"));
            answered.join();
            assertFails(findings, scheme.equals("turn") ? "does not behave like a TURN server" : "fails to set up TLS");
        }
    }

    @Test
    void run_openRelay_isReported() throws Exception {
        try (FakeServer open = new FakeServer(request -> answer(
                request,
                StunMessage.SUCCESS,
                StunMessage.address(StunMessage.XOR_RELAYED_ADDRESS, request.transaction(), address(1)),
                StunMessage.address(StunMessage.XOR_MAPPED_ADDRESS, request.transaction(), address(2))))) {
            assertFails(run(open.url()), "allocates relays without credentials");
        }
    }

    /** A firewall between the relay ports: everything works but the data. */
    @Test
    void run_relayWithoutData_isExplained() throws Exception {
        try (FakeServer firewall = new FakeServer(coturn.port)) {
            assertFails(run(firewall.url()), "relays no data");
        }
    }

    /** The second request has another transaction, which masks the address anew, and the new nonce. */
    @Test
    void permit_staleNonce_isRepeatedWithTheNewOne() throws Exception {
        Credentials valid = credentials(Coturn.SECRET, Instant.now().plusSeconds(60));
        byte[] key = StunMessage.key(valid.username(), "realm", valid.password());
        // Only IPv6 addresses are masked with the transaction.
        InetSocketAddress peer = new InetSocketAddress("2001:db8::7", 4_711);
        CompletableFuture<InetSocketAddress> permitted = new CompletableFuture<>();
        try (FakeServer server = new FakeServer(request -> {
            String nonce = request.text(StunMessage.NONCE).orElse("");
            if (request.type() == StunMessage.ALLOCATE && nonce.isEmpty()) {
                return challenge(request, 401, "first");
            }
            if (request.type() == StunMessage.ALLOCATE) {
                return answer(
                                request,
                                StunMessage.SUCCESS,
                                StunMessage.address(StunMessage.XOR_RELAYED_ADDRESS, request.transaction(), address(1)),
                                StunMessage.address(StunMessage.XOR_MAPPED_ADDRESS, request.transaction(), address(2)))
                        .signed(key);
            }
            if (nonce.equals("first")) {
                return challenge(request, 438, "second");
            }
            request.address(StunMessage.XOR_PEER_ADDRESS).ifPresent(permitted::complete);
            return answer(request, StunMessage.SUCCESS).signed(key);
        })) {
            try (TurnClient client = client(server.url())) {
                assertThat(client.isChallenged()).isTrue();
                client.allocate(valid.username(), valid.password());
                client.permit(peer);
            }
        }
        assertThat(permitted).isCompletedWithValue(peer);
    }

    // Servers with mistakes

    private record Reply(StunMessage message, Optional<byte[]> key) {
        Reply signed(byte[] with) {
            return new Reply(message, Optional.of(with));
        }
    }

    private static Reply answer(StunMessage request, int outcome, StunMessage.Attribute... attributes) {
        return new Reply(StunMessage.of(request.type() | outcome, request.transaction(), attributes), Optional.empty());
    }

    private static Reply challenge(StunMessage request, int code, String nonce) {
        return answer(
                request,
                StunMessage.ERROR,
                new StunMessage.Attribute(
                        StunMessage.ERROR_CODE, new byte[] {0, 0, (byte) (code / 100), (byte) (code % 100)}),
                StunMessage.text(StunMessage.REALM, "realm"),
                StunMessage.text(StunMessage.NONCE, nonce));
    }

    private interface Answers {
        Reply to(StunMessage request);
    }

    /** A server over UDP: it answers by itself, or forwards to a real one everything but data to be relayed. */
    private static final class FakeServer implements Closeable {
        private final DatagramSocket socket = new DatagramSocket(0, LOOPBACK);

        FakeServer(Answers answers) throws IOException {
            start(packet -> {
                Reply reply = answers.to(decode(packet));
                byte[] bytes = reply.message.encode(reply.key);
                socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
            });
        }

        FakeServer(int realPort) throws IOException {
            start(new Forwarder(realPort));
        }

        private void start(Handler handler) {
            Thread thread = new Thread(() -> serve(handler), "fake TURN server");
            thread.setDaemon(true);
            thread.start();
        }

        private interface Handler {
            void handle(DatagramPacket packet) throws IOException;
        }

        private final class Forwarder implements Handler {
            private final int realPort;
            /** One socket per client, so that the real server tells them apart. */
            private final Map<SocketAddress, DatagramSocket> clients = new HashMap<>();

            Forwarder(int realPort) {
                this.realPort = realPort;
            }

            @Override
            public void handle(DatagramPacket packet) throws IOException {
                if (decode(packet).type() == (StunMessage.SEND | StunMessage.INDICATION)) {
                    return;
                }
                DatagramSocket client = clients.get(packet.getSocketAddress());
                if (client == null) {
                    client = new DatagramSocket(0, LOOPBACK);
                    clients.put(packet.getSocketAddress(), client);
                }
                client.send(new DatagramPacket(
                        packet.getData(), packet.getLength(), new InetSocketAddress(LOOPBACK, realPort)));
                DatagramPacket answer = new DatagramPacket(new byte[4_096], 4_096);
                client.setSoTimeout(5_000);
                client.receive(answer);
                socket.send(new DatagramPacket(answer.getData(), answer.getLength(), packet.getSocketAddress()));
            }
        }

        private void serve(Handler handler) {
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(new byte[4_096], 4_096);
                    socket.receive(packet);
                    handler.handle(packet);
                }
            } catch (IOException closed) {
                // The test has ended.
            }
        }

        private static StunMessage decode(DatagramPacket packet) {
            return StunMessage.decode(Arrays.copyOf(packet.getData(), packet.getLength()));
        }

        IceUrl url() {
            return IceUrl.parse("turn:localhost:" + socket.getLocalPort());
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    // Helpers

    private interface Failing {
        void run() throws Exception;
    }

    private static TurnFailure failureOf(Failing work) throws Exception {
        try {
            work.run();
        } catch (TurnFailure failure) {
            return failure;
        }
        throw new AssertionError("it succeeded");
    }

    private static TurnClient client(IceUrl url) throws IOException {
        return new TurnClient(StunChannel.open(url, LOOPBACK, tls, 5_000));
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(LOOPBACK, port);
    }

    private static void assertFails(List<Finding> findings, String text) {
        assertThat(findings)
                .filteredOn(finding -> !finding.passed())
                .singleElement()
                .satisfies(finding -> assertThat(finding.text()).contains(text));
    }

    private static List<Finding> run(IceUrl url) {
        return run(check(Coturn.SECRET), url);
    }

    private static List<Finding> run(TurnCheck check, IceUrl url) {
        return check.run(url);
    }

    private static TurnCheck check(String secret) {
        return new TurnCheck(
                () -> credentials(secret, Instant.now().plusSeconds(60)),
                () -> credentials(secret, Instant.now().minusSeconds(60)),
                tls);
    }

    /** As coturn documents them, independent of the product's own class. */
    private static Credentials credentials(String secret, Instant expiresAt) {
        try {
            String username = expiresAt.getEpochSecond() + ":test";
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            byte[] password = mac.doFinal(username.getBytes(StandardCharsets.UTF_8));
            return new Credentials(username, Base64.getEncoder().encodeToString(password));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
