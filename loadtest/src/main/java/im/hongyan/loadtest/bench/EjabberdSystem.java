package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.xmpp.XmppClient;
import im.hongyan.loadtest.xmpp.XmppConnection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * ejabberd with its archive on PostgreSQL. XMPP does not acknowledge a message to its sender. A direct message
 * therefore counts as sent when the recipient has it, and a message to a room when the room's echo is back.
 */
final class EjabberdSystem implements ChatSystem {
    private static final long COUNT_SECONDS = 30;
    /** The archive is written in batches, shortly after the delivery. */
    private static final long ARCHIVE_MS = 1_500;

    /**
     * How to reach the server.
     *
     * @param users named u0, u1, …
     * @param password of each user
     * @param count a command that prints the number of archived rows as {@code <one-to-one> <room>}
     */
    record Access(int users, String password, String count) {}

    /** @param room whether an echo answers the message; otherwise its arrival does */
    private record Awaited(Promise<Void> arrived, boolean room) {}

    private final class Talker implements User {
        private final XmppConnection connection;

        Talker(XmppConnection connection) {
            this.connection = connection;
        }

        @Override
        public Future<Void> send(Place place, String text) {
            boolean room = place.members().size() > 2;
            User other = place.members().get(place.members().get(0) == this ? 1 : 0);
            String to = room ? place.address() : ((Talker) other).connection.address();
            Marker marker = Marker.in(text.getBytes(StandardCharsets.US_ASCII));
            Promise<Void> arrived = Promise.promise();
            awaited.put(marker, new Awaited(arrived, room));
            String type = room ? "groupchat" : "chat";
            connection
                    .send("<message to='" + to + "' type='" + type + "' id='" + ids.incrementAndGet() + "'><body>"
                            + text + "</body></message>")
                    .onFailure(e -> {
                        awaited.remove(marker);
                        arrived.tryFail(e);
                    });
            return arrived.future();
        }

        @Override
        public Future<Void> close() {
            return connection.close();
        }
    }

    private final Vertx vertx;
    private final XmppClient client;
    private final Access access;
    private final Processes processes;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Marker, Awaited> awaited = new ConcurrentHashMap<>();

    EjabberdSystem(Vertx vertx, XmppClient client, Access access, Processes processes) {
        this.vertx = vertx;
        this.client = client;
        this.access = access;
        this.processes = processes;
    }

    @Override
    public String name() {
        return "ejabberd";
    }

    @Override
    public int users() {
        return access.users();
    }

    @Override
    public Future<User> connect(int user, Receiver receiver) {
        return client.connect("u" + user, access.password(), stanza -> {
                    receiver.received(stanza);
                    arrived(user, stanza);
                })
                .map(Talker::new);
    }

    /** A direct message has arrived when the recipient has it, a message to a room when its sender has it back. */
    private void arrived(int user, byte[] stanza) {
        Marker marker = Marker.in(stanza);
        if (marker == null) {
            return;
        }
        Awaited sent = awaited.get(marker);
        if (sent != null && (!sent.room || user == marker.sender()) && awaited.remove(marker, sent)) {
            sent.arrived.complete();
        }
    }

    @Override
    public Future<Place> direct(User one, User other) {
        return Future.succeededFuture(new Place("", List.of(one, other)));
    }

    @Override
    public Future<Place> group(List<User> members) {
        String room = "r" + ids.incrementAndGet() + "-" + System.nanoTime() + "@conference." + client.domain();
        Future<Void> joined = Future.succeededFuture();
        for (User member : members) {
            joined = joined.compose(done -> ((Talker) member).connection.join(room));
        }
        return joined.map(done -> new Place(room, members));
    }

    /**
     * Counts rows of the archive in PostgreSQL, which has two rows per direct message and one per message to a room.
     */
    @Override
    public Future<Long> stored(List<Place> places) {
        boolean rooms = places.get(0).members().size() > 2;
        return vertx.timer(ARCHIVE_MS, TimeUnit.MILLISECONDS)
                .compose(waited -> vertx.executeBlocking(() -> {
                    long[] rows = countRows();
                    return rooms ? rows[1] : rows[0] / 2;
                }));
    }

    private long[] countRows() throws IOException, InterruptedException {
        Process counting = new ProcessBuilder("sh", "-c", access.count())
                .redirectErrorStream(true)
                .start();
        String printed = new String(counting.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        if (!counting.waitFor(COUNT_SECONDS, TimeUnit.SECONDS) || !printed.matches("\\d+ \\d+")) {
            counting.destroy();
            throw new IOException("--xmpp-count did not print two numbers: " + printed);
        }
        List<Long> rows = new ArrayList<>();
        for (String number : printed.split(" ", -1)) {
            rows.add(Long.valueOf(number));
        }
        return new long[] {rows.get(0), rows.get(1)};
    }

    @Override
    public Processes processes() {
        return processes;
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }
}
