package im.hongyan.call.turn;

import im.hongyan.call.turn.StunMessage.Attribute;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/** One allocation on a TURN server, or one query to a STUN server. Not thread-safe; blocks. */
final class TurnClient implements Closeable {
    /** RFC 8489 starts with half a second and doubles the time. Four attempts take 7.5 seconds in all. */
    private static final int FIRST_WAIT_MS = 500;

    private static final int ATTEMPTS = 4;
    private static final int RELIABLE_WAIT_MS = 5_000;
    private static final int UDP_RELAY = 17 << 24;
    private static final int LIFETIME_SECONDS = 60;
    private static final int MAX_EARLY = 100;
    private static final int STALE_NONCE = 438;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * The allocation.
     *
     * @param mapped the client's address as the server sees it
     */
    record Allocation(InetSocketAddress relayed, InetSocketAddress mapped) {}

    /** The values from the server's challenge, which the client repeats with its credentials. */
    private record Challenge(String realm, String nonce) {}

    /** A datagram that the server relayed. */
    private record Datagram(InetSocketAddress from, byte[] data) {}

    private final StunChannel channel;
    /** Datagrams that arrived while the client waited for an answer. */
    private final Queue<Datagram> early = new ArrayDeque<>();

    private String username;
    private String password;
    private Challenge challenge;
    private boolean allocated;

    TurnClient(StunChannel channel) {
        this.channel = channel;
    }

    /** The client's address as the server sees it. */
    InetSocketAddress bind() throws IOException, TurnFailure {
        StunMessage answer = request(StunMessage.of(StunMessage.BINDING, transaction()), Optional.empty());
        if (!answer.isSuccess()) {
            throw refused(answer);
        }
        return answer.address(StunMessage.XOR_MAPPED_ADDRESS)
                .orElseThrow(() -> new MalformedStun("the answer has no address"));
    }

    /**
     * Requests an allocation without credentials.
     *
     * @return whether the server demands credentials, as it must
     */
    boolean isChallenged() throws IOException, TurnFailure {
        StunMessage answer = request(allocate(), Optional.empty());
        if (answer.isSuccess()) {
            return false;
        }
        if (answer.errorCode() != 401) {
            throw refused(answer);
        }
        challenge = challengeOf(answer);
        return true;
    }

    /** Only after {@link #isChallenged}. */
    Allocation allocate(String name, String secret) throws IOException, TurnFailure {
        username = name;
        password = secret;
        StunMessage answer = authenticated(StunMessage.ALLOCATE, allocate());
        allocated = true;
        return new Allocation(
                answer.address(StunMessage.XOR_RELAYED_ADDRESS)
                        .orElseThrow(() -> new MalformedStun("the answer has no relayed address")),
                answer.address(StunMessage.XOR_MAPPED_ADDRESS)
                        .orElseThrow(() -> new MalformedStun("the answer has no mapped address")));
    }

    private static StunMessage allocate() {
        return StunMessage.of(
                StunMessage.ALLOCATE,
                transaction(),
                StunMessage.number(StunMessage.REQUESTED_TRANSPORT, UDP_RELAY),
                StunMessage.number(StunMessage.LIFETIME, LIFETIME_SECONDS));
    }

    /** Allows a peer to send to this allocation, and this client to send to the peer. */
    void permit(InetSocketAddress peer) throws IOException, TurnFailure {
        byte[] transaction = transaction();
        authenticated(
                StunMessage.CREATE_PERMISSION,
                StunMessage.of(
                        StunMessage.CREATE_PERMISSION,
                        transaction,
                        StunMessage.address(StunMessage.XOR_PEER_ADDRESS, transaction, peer)));
    }

    /** Sends a datagram to a peer, from the relayed address. */
    void send(InetSocketAddress peer, byte[] data) throws IOException {
        byte[] transaction = transaction();
        StunMessage indication = StunMessage.of(
                StunMessage.SEND | StunMessage.INDICATION,
                transaction,
                StunMessage.address(StunMessage.XOR_PEER_ADDRESS, transaction, peer),
                new Attribute(StunMessage.DATA_VALUE, data));
        channel.send(indication.encode(Optional.empty()));
    }

    /** Waits for a datagram with this content from this peer; false if there is none in time. */
    boolean receives(InetSocketAddress peer, byte[] data, int timeoutMs) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (true) {
            for (Datagram datagram = early.poll(); datagram != null; datagram = early.poll()) {
                if (datagram.from.equals(peer) && Arrays.equals(datagram.data, data)) {
                    return true;
                }
            }
            int left = (int) TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            StunMessage message = channel.receive(left);
            if (message != null) {
                keepData(message);
            }
        }
    }

    /** Releases the allocation; if that fails, it expires. */
    void releaseQuietly() throws IOException {
        if (!allocated) {
            return;
        }
        try {
            authenticated(
                    StunMessage.REFRESH,
                    StunMessage.of(StunMessage.REFRESH, transaction(), StunMessage.number(StunMessage.LIFETIME, 0)));
        } catch (TurnFailure | MalformedStun failure) {
            // It expires within a minute.
        }
    }

    /** Sends a request with credentials, and repeats it if the nonce is stale. */
    private StunMessage authenticated(int method, StunMessage request) throws IOException, TurnFailure {
        StunMessage answer = signed(request);
        if (!answer.isSuccess() && answer.errorCode() == STALE_NONCE) {
            challenge = challengeOf(answer);
            byte[] transaction = transaction();
            answer = signed(new StunMessage(method, transaction, remasked(request, transaction), new byte[0]));
        }
        if (!answer.isSuccess()) {
            throw refused(answer);
        }
        if (!answer.hasIntegrity(key())) {
            throw new MalformedStun("the answer is not signed by the server");
        }
        return answer;
    }

    /** Encodes an address again for each transaction, because the transaction id masks it. */
    private static List<Attribute> remasked(StunMessage request, byte[] transaction) {
        return request.attributes().stream()
                .map(attribute -> attribute.type() == StunMessage.XOR_PEER_ADDRESS
                        ? StunMessage.address(
                                attribute.type(),
                                transaction,
                                request.address(attribute.type()).orElseThrow())
                        : attribute)
                .toList();
    }

    private StunMessage signed(StunMessage request) throws IOException, TurnFailure {
        return request(
                request.with(StunMessage.text(StunMessage.USERNAME, username))
                        .with(StunMessage.text(StunMessage.REALM, challenge.realm))
                        .with(StunMessage.text(StunMessage.NONCE, challenge.nonce)),
                Optional.of(key()));
    }

    private byte[] key() {
        return StunMessage.key(username, challenge.realm, password);
    }

    private StunMessage request(StunMessage request, Optional<byte[]> key) throws IOException, TurnFailure {
        byte[] bytes = request.encode(key);
        int attempts = channel.isReliable() ? 1 : ATTEMPTS;
        int waitMs = channel.isReliable() ? RELIABLE_WAIT_MS : FIRST_WAIT_MS;
        for (int attempt = 0; attempt < attempts; attempt++) {
            channel.send(bytes);
            StunMessage answer = answerTo(request, waitMs << attempt);
            if (answer != null) {
                return answer;
            }
        }
        throw new TurnFailure(TurnFailure.NO_ANSWER, "no answer");
    }

    private StunMessage answerTo(StunMessage request, int waitMs) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        while (true) {
            int left = (int) TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return null;
            }
            StunMessage message = channel.receive(left);
            if (message != null && Arrays.equals(message.transaction(), request.transaction())) {
                return message;
            }
            if (message != null) {
                keepData(message);
            }
        }
    }

    private void keepData(StunMessage message) {
        if (message.type() == (StunMessage.DATA | StunMessage.INDICATION) && early.size() < MAX_EARLY) {
            message.address(StunMessage.XOR_PEER_ADDRESS).ifPresent(from -> message.value(StunMessage.DATA_VALUE)
                    .ifPresent(data -> early.add(new Datagram(from, data))));
        }
    }

    private static TurnFailure refused(StunMessage answer) {
        return new TurnFailure(answer.errorCode(), answer.errorText());
    }

    private static Challenge challengeOf(StunMessage answer) {
        return new Challenge(
                answer.text(StunMessage.REALM).orElseThrow(() -> new MalformedStun("the answer has no realm")),
                answer.text(StunMessage.NONCE).orElseThrow(() -> new MalformedStun("the answer has no nonce")));
    }

    private static byte[] transaction() {
        byte[] id = new byte[StunMessage.TRANSACTION_BYTES];
        RANDOM.nextBytes(id);
        return id;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
