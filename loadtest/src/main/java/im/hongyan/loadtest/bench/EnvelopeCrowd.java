package im.hongyan.loadtest.bench;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.PushHandler;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Users with one socket each, in groups. The first members of each group send envelopes to the group. */
final class EnvelopeCrowd {
    static final int GROUPS = 10;
    static final int SIZE = 100;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int AT_ONCE = 20;
    private static final int TOP_UP = 1_000_000;
    /** The average share. */
    private static final int FEN = 2;

    record Opener(String user, ChatConnection socket) {}

    /** Envelopes that a user opens, one after the other. */
    record Wish(Opener opener, List<String> envelopes) {}

    private record Group(String conversation, List<Opener> openers) {}

    /**
     * Distinguishes pushes from answers by their first bytes and does not parse them, so that this program uses little
     * CPU.
     */
    private static final class Unread implements PushHandler {
        private static final byte[] ENTRY = "{\"type\":\"entry\"".getBytes(StandardCharsets.UTF_8);
        private static final byte[] ENVELOPE = "{\"type\":\"envelope.".getBytes(StandardCharsets.UTF_8);

        @Override
        public boolean skip(byte[] frame) {
            return begins(frame, ENTRY) || begins(frame, ENVELOPE);
        }

        private static boolean begins(byte[] frame, byte[] with) {
            return frame.length > with.length && Arrays.equals(frame, 0, with.length, with, 0, with.length);
        }

        @Override
        public void push(String type, JsonNode data) {
            // Other pushes, such as presence.
        }
    }

    private final String run = Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, Character.MAX_RADIX);
    private final List<Group> groups;

    private EnvelopeCrowd(List<Group> groups) {
        this.groups = groups;
    }

    /** @param users as many as all groups have together */
    static EnvelopeCrowd gather(ChatClient client, List<Credentials> users) {
        List<Opener> openers = Await.all(GROUPS * SIZE, AT_ONCE, PATIENCE, "connecting", i -> client.connect(
                        users.get(i).accessToken(), new Unread())
                .map(socket -> new Opener(users.get(i).user(), socket)));
        List<Group> groups = Await.all(GROUPS, 2, PATIENCE, "making groups", i -> {
            List<Opener> members = openers.subList(i * SIZE, (i + 1) * SIZE);
            return client.call(
                            HttpMethod.POST,
                            "/api/v1/wallet/top-ups",
                            users.get(i * SIZE).accessToken(),
                            Map.of("amount", TOP_UP, "key", "bench"))
                    .compose(none -> members.get(0)
                            .socket
                            .request(
                                    "group.create",
                                    Map.of(
                                            "clientId",
                                            "bench",
                                            "title",
                                            "Bench",
                                            "members",
                                            members.stream()
                                                    .skip(1)
                                                    .map(Opener::user)
                                                    .toList())))
                    .map(answer -> new Group(answer.at("/conversation/id").asText(), members));
        });
        return new EnvelopeCrowd(groups);
    }

    /**
     * Sends envelopes.
     *
     * @param greeting identifies the envelopes in the database
     * @return the envelopes of each group
     */
    List<List<String>> send(String greeting, int perGroup, int shares) {
        List<String> sent =
                Await.all(perGroup * GROUPS, AT_ONCE, PATIENCE, "sending envelopes", i -> groups.get(i % GROUPS)
                        .openers
                        .get(0)
                        .socket
                        .request(
                                "envelope.send",
                                Map.of(
                                        "conversation",
                                        groups.get(i % GROUPS).conversation,
                                        "clientId",
                                        run + greeting + i,
                                        "kind",
                                        "lucky",
                                        "greeting",
                                        greeting,
                                        "amount",
                                        shares * FEN,
                                        "count",
                                        shares))
                        .map(answer -> answer.path("envelope").asText()));
        List<List<String>> envelopes = new ArrayList<>();
        for (int group = 0; group < GROUPS; group++) {
            List<String> some = new ArrayList<>();
            for (int i = group; i < sent.size(); i += GROUPS) {
                some.add(sent.get(i));
            }
            envelopes.add(some);
        }
        return envelopes;
    }

    /**
     * The members from {@code from} (inclusive) to {@code to} (exclusive) of each group will open their group's
     * envelopes.
     */
    List<Wish> wishes(List<List<String>> envelopes, int from, int to) {
        List<Wish> wishes = new ArrayList<>();
        for (int group = 0; group < GROUPS; group++) {
            for (Opener opener : groups.get(group).openers.subList(from, to)) {
                wishes.add(new Wish(opener, envelopes.get(group)));
            }
        }
        return wishes;
    }
}
