package im.hongyan.loadtest.bench;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.PushHandler;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Hongyan over its own protocol. A text counts as sent when it is acknowledged, which means that it is stored. */
final class HongyanSystem implements ChatSystem {
    /** @param run distinguishes the ids of a user's connections */
    private record Member(String id, ChatConnection connection, String run, AtomicLong ids) implements User {
        @Override
        public Future<Void> send(Place place, String text) {
            return connection
                    .request("message.send", new Send(place.address(), newId(), new Text("text", text)))
                    .mapEmpty();
        }

        String newId() {
            return run + "-" + ids.incrementAndGet();
        }

        @Override
        public Future<Void> close() {
            return connection.close().mapEmpty();
        }
    }

    private record Send(String conversation, String clientId, Text content) {}

    private record Text(String type, String text) {}

    /** Searches the bytes for marked texts, so that thousands of pushes per second need not be parsed. */
    private record Unparsed(Receiver receiver) implements PushHandler {
        private static final int LOOK_AT = 64;

        @Override
        public boolean skip(byte[] frame) {
            if (!isEntry(frame)) {
                return false;
            }
            receiver.received(frame);
            return true;
        }

        private static boolean isEntry(byte[] frame) {
            byte[] entry = {'"', 'e', 'n', 't', 'r', 'y', '"'};
            int end = Math.min(LOOK_AT, frame.length - entry.length);
            for (int i = 0; i < end; i++) {
                int matched = 0;
                while (matched < entry.length && frame[i + matched] == entry[matched]) {
                    matched++;
                }
                if (matched == entry.length) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void push(String type, JsonNode data) {
            // Other pushes, such as presence, are not measured.
        }
    }

    private final String name;
    private final List<ChatClient> clients;
    private final List<Credentials> users;
    private final Processes processes;

    /** @param clients with different local addresses; connections are spread over them */
    HongyanSystem(String name, List<ChatClient> clients, List<Credentials> users, Processes processes) {
        this.name = name;
        this.clients = List.copyOf(clients);
        this.users = List.copyOf(users);
        this.processes = processes;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int users() {
        return users.size();
    }

    @Override
    public Future<User> connect(int user, Receiver receiver) {
        Credentials who = users.get(user);
        return clients.get(user % clients.size())
                .connect(who.accessToken(), new Unparsed(receiver))
                .map(connection -> new Member(who.user(), connection, newRun(), new AtomicLong()));
    }

    private static String newRun() {
        return Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, Character.MAX_RADIX);
    }

    @Override
    public Future<Place> direct(User one, User other) {
        return ((Member) one)
                .connection
                .request("conversation.open", Map.of("user", ((Member) other).id))
                .map(answer -> new Place(answer.at("/conversation/id").asText(), List.of(one, other)));
    }

    @Override
    public Future<Place> group(List<User> members) {
        List<String> others =
                members.stream().skip(1).map(user -> ((Member) user).id).toList();
        Member owner = (Member) members.get(0);
        Map<String, Object> group = Map.of("clientId", owner.newId(), "title", "Bench", "members", others);
        return owner.connection
                .request("group.create", group)
                .map(answer -> new Place(answer.at("/conversation/id").asText(), members));
    }

    /** Counts every entry, because nothing but messages is created while a load runs. */
    @Override
    public Future<Long> stored(List<Place> places) {
        List<Future<Long>> counts = new ArrayList<>();
        for (Place place : places) {
            counts.add(((Member) place.members().get(0))
                    .connection
                    .request("entries.read", Map.of("conversation", place.address(), "after", 0, "limit", 1))
                    .map(answer -> answer.path("lastSeq").asLong()));
        }
        return Future.all(counts)
                .map(all -> all.<Long>list().stream().mapToLong(Long::longValue).sum());
    }

    @Override
    public Processes processes() {
        return processes;
    }

    @Override
    public Future<Void> close() {
        return Future.join(clients.stream().map(ChatClient::close).toList()).mapEmpty();
    }
}
