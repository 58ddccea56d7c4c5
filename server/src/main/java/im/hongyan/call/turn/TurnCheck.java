package im.hongyan.call.turn;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;

/**
 * Tests a STUN or TURN server as clients use it, and explains failures. For TURN it creates two allocations and relays
 * data between them in both directions, as for two clients that both need the relay. Blocks for at most a minute.
 */
public final class TurnCheck {
    /** The credentials of one user. */
    public record Credentials(String username, String password) {}

    /** @param text a sentence for the operator */
    public record Finding(boolean passed, String text) {}

    private static final int CONNECT_MS = 5_000;
    private static final int DATA_MS = 1_000;
    private static final int DATA_ATTEMPTS = 5;
    private static final int DATA_BYTES = 1_000;

    private final Supplier<Credentials> valid;
    private final Supplier<Credentials> expired;
    private final SSLSocketFactory tls;

    /**
     * @param valid issues credentials that are valid now
     * @param expired issues credentials with the right secret that have expired
     */
    public TurnCheck(Supplier<Credentials> valid, Supplier<Credentials> expired, SSLSocketFactory tls) {
        this.valid = valid;
        this.expired = expired;
        this.tls = tls;
    }

    /** Tests one server. Stops at the first failure that makes the remaining tests pointless. */
    public List<Finding> run(IceUrl url) {
        Run run = new Run(url);
        try (run) {
            run.all();
        } catch (IOException | TurnFailure | MalformedStun e) {
            run.fail(explain(url, e));
        }
        return run.findings;
    }

    private final class Run implements Closeable {
        private final IceUrl url;
        private final List<Finding> findings = new ArrayList<>();
        private final List<TurnClient> clients = new ArrayList<>();
        private InetAddress host;

        Run(IceUrl url) {
            this.url = url;
        }

        private void pass(String text) {
            findings.add(new Finding(true, text));
        }

        private void fail(String text) {
            findings.add(new Finding(false, text));
        }

        private TurnClient connect() throws IOException {
            TurnClient client = new TurnClient(StunChannel.open(url, host, tls, CONNECT_MS));
            clients.add(client);
            return client;
        }

        void all() throws IOException, TurnFailure {
            host = InetAddress.getByName(url.host());
            if (url.scheme() == IceUrl.Scheme.STUN) {
                pass("answers, and sees this machine as " + text(connect().bind()));
                return;
            }
            TurnClient one = connect();
            if (!one.isChallenged()) {
                fail("allocates relays without credentials, so that anyone can send through it. Set use-auth-secret and"
                        + " static-auth-secret.");
                return;
            }
            TurnClient.Allocation first = allocate(one);
            if (first == null) {
                return;
            }
            pass("allocates a relay at " + text(first.relayed()) + ", and sees this machine as "
                    + text(first.mapped()));
            checkRelayAddress(first.relayed());
            TurnClient other = connect();
            TurnClient.Allocation second = other.isChallenged() ? allocate(other) : null;
            if (second != null && permit(one, second.relayed()) && permit(other, first.relayed())) {
                relay(one, first, other, second);
            }
            checkExpired();
        }

        private TurnClient.Allocation allocate(TurnClient client) throws IOException {
            Credentials credentials = valid.get();
            try {
                return client.allocate(credentials.username(), credentials.password());
            } catch (TurnFailure failure) {
                fail(explainAllocation(url, failure));
                return null;
            }
        }

        /** Checks that clients can reach the relay address: a private address is the usual mistake behind NAT. */
        private void checkRelayAddress(InetSocketAddress relayed) {
            InetAddress relay = relayed.getAddress();
            if (relay.isAnyLocalAddress() || relayed.getPort() == 0) {
                fail("allocates no usable relay address. Set relay-ip or external-ip.");
            } else if (isPrivate(relay) && !isPrivate(host)) {
                fail("relays at the private address " + relay.getHostAddress() + ", which other networks cannot reach."
                        + " Set external-ip to the public address.");
            }
        }

        private boolean permit(TurnClient client, InetSocketAddress peer) throws IOException {
            try {
                client.permit(peer);
                return true;
            } catch (TurnFailure failure) {
                fail(
                        failure.code() == 403
                                ? "forbids " + peer.getAddress().getHostAddress() + " as a peer (403), which is its own"
                                        + " relay address: two users who both need the relay cannot reach each other."
                                        + " Set allowed-peer-ip="
                                        + peer.getAddress().getHostAddress() + "."
                                : "refuses the permission to send to a peer (" + words(failure) + ").");
                return false;
            }
        }

        private void relay(TurnClient one, TurnClient.Allocation first, TurnClient other, TurnClient.Allocation second)
                throws IOException {
            long there = relay(one, first.relayed(), other, second.relayed());
            long back = there < 0 ? -1 : relay(other, second.relayed(), one, first.relayed());
            if (back < 0) {
                InetSocketAddress sender = there < 0 ? first.relayed() : second.relayed();
                InetSocketAddress silent = there < 0 ? second.relayed() : first.relayed();
                fail("relays no data: nothing that was sent from " + text(sender) + " arrived at " + text(silent)
                        + ". Open the UDP ports from min-port to max-port (49152 to 65535 unless set) in the firewall,"
                        + " for the server's own address too.");
            } else {
                pass("relays data in both directions, in " + (there + back) + " ms there and back");
            }
        }

        /** How many milliseconds the first arriving datagram took; -1 if none arrived. */
        private static long relay(
                TurnClient from, InetSocketAddress fromRelay, TurnClient to, InetSocketAddress toRelay)
                throws IOException {
            for (int attempt = 0; attempt < DATA_ATTEMPTS; attempt++) {
                byte[] data = String.format("%0" + DATA_BYTES + "d", attempt).getBytes(StandardCharsets.US_ASCII);
                long sent = System.nanoTime();
                from.send(toRelay, data);
                if (to.receives(fromRelay, data, DATA_MS)) {
                    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sent);
                }
            }
            return -1;
        }

        private void checkExpired() throws IOException, TurnFailure {
            TurnClient client = connect();
            Credentials credentials = expired.get();
            if (!client.isChallenged()) {
                return;
            }
            try {
                client.allocate(credentials.username(), credentials.password());
                fail("accepts expired credentials: its clock is slow, or it does not use use-auth-secret.");
            } catch (TurnFailure failure) {
                if (failure.code() == 401) {
                    pass("refuses expired credentials");
                } else {
                    fail("answers expired credentials with " + words(failure) + " instead of 401.");
                }
            }
        }

        @Override
        public void close() throws IOException {
            for (TurnClient client : clients) {
                try {
                    client.releaseQuietly();
                } finally {
                    client.close();
                }
            }
        }
    }

    private static String explainAllocation(IceUrl url, TurnFailure failure) {
        return switch (failure.code()) {
            case TurnFailure.NO_ANSWER -> noAnswer(url);
            case 401, 441 ->
                "refuses the credentials (" + words(failure)
                        + "). Its static-auth-secret differs from call.turn-secret,"
                        + " or it does not use use-auth-secret, or its clock and this machine's differ by more than"
                        + " call.turn-ttl-seconds.";
            case 403 -> "forbids allocations from this machine (" + words(failure) + ").";
            case 442 -> "cannot relay over UDP (" + words(failure) + ").";
            case 486 -> "has reached its quota of allocations (486). Raise user-quota to 128, and total-quota.";
            case 508 ->
                "has no free relay port (508). Widen the range from min-port to max-port, or raise total-quota.";
            default -> "refuses the allocation (" + words(failure) + ").";
        };
    }

    private static String explain(IceUrl url, Exception failure) {
        if (failure instanceof TurnFailure refused) {
            return refused.code() == TurnFailure.NO_ANSWER
                    ? noAnswer(url)
                    : "refuses the first request (" + words(refused) + ").";
        }
        if (failure instanceof UnknownHostException) {
            return "cannot be found: the name " + url.host() + " does not resolve. Check the URL and the DNS.";
        }
        if (failure instanceof PortUnreachableException
                || (failure instanceof ConnectException
                        && String.valueOf(failure.getMessage()).contains("refused"))) {
            return "does not listen: the machine refuses " + place(url) + ". Start the server, or correct the port.";
        }
        if (failure instanceof SocketTimeoutException
                || failure instanceof ConnectException
                || failure instanceof NoRouteToHostException) {
            return noAnswer(url);
        }
        if (failure instanceof SSLException) {
            return "fails to set up TLS: " + failure.getMessage() + ". The certificate must name " + url.host()
                    + ", be valid now, come with its intermediate certificates, and be from an authority that browsers"
                    + " trust.";
        }
        if (failure instanceof EOFException) {
            return "closes the connection without an answer.";
        }
        if (failure instanceof MalformedStun) {
            return "does not behave like a TURN server: " + failure.getMessage() + ". Does something else use "
                    + place(url)
                    + "?";
        }
        return "cannot be used: " + failure;
    }

    private static String noAnswer(IceUrl url) {
        return "does not answer at " + place(url) + ". It is not running there, or a firewall drops the packets.";
    }

    private static String place(IceUrl url) {
        String protocol = url.transport() == IceUrl.Transport.UDP ? "UDP" : "TCP";
        return protocol + " port " + url.port() + " of " + url.host();
    }

    private static String words(TurnFailure failure) {
        return (failure.code() + " " + failure.getMessage()).strip();
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Whether only some networks can reach an address; unique local IPv6 addresses begin with fc or fd. */
    private static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address.isSiteLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || (bytes.length == 16 && (bytes[0] & 0xFE) == 0xFC);
    }
}
