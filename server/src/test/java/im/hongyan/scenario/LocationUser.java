package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.redis.Redis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/** A device of a user in tests of live locations. */
final class LocationUser {
    private final TestUser person;
    private String share;
    private long n;

    LocationUser(TestUser person) {
        this.person = person;
    }

    TestUser person() {
        return person;
    }

    /** The same device with another socket. */
    LocationUser on(TestUser socket) {
        LocationUser other = new LocationUser(socket);
        other.share = share;
        other.n = n;
        return other;
    }

    /** The latest share that this device has started. */
    String share() {
        return share;
    }

    JsonNode start(String conversation, int seconds, String precision) throws Exception {
        JsonNode started = person.ask(
                "location.start",
                Map.of(
                        "conversation", conversation,
                        "clientId", TestUser.newClientId(),
                        "seconds", seconds,
                        "precision", precision));
        share = started.get("share").asText();
        n = 0;
        return started;
    }

    void move(double latitude, double longitude) throws Exception {
        send(++n, latitude, longitude);
    }

    void send(long number, double latitude, double longitude) throws Exception {
        person.ask("location.update", update(number, latitude, longitude));
    }

    Map<String, Object> update(long number, double latitude, double longitude) {
        return Map.of(
                "share",
                share,
                "n",
                number,
                "latitude",
                latitude,
                "longitude",
                longitude,
                "accuracy",
                12,
                "heading",
                90,
                "speed",
                1.5,
                "measuredAt",
                Instant.now().toString());
    }

    void pause() throws Exception {
        person.ask("location.update", Map.of("share", share, "n", ++n, "paused", true));
    }

    void stop() throws Exception {
        person.ask("location.stop", Map.of("share", share));
    }

    void watch(String conversation) throws Exception {
        person.ask("location.watch", Map.of("conversation", conversation));
    }

    /** The ids of the running shares. */
    List<String> shares() throws Exception {
        return StreamSupport.stream(
                        person.ask("location.shares", Map.of()).get("shares").spliterator(), false)
                .map(one -> one.get("share").asText())
                .toList();
    }

    /** Waits for a push in which the share is as described, and returns the share. */
    JsonNode position(String wanted, Predicate<JsonNode> condition) throws Exception {
        JsonNode push = person.receive("location.positions", one -> find(one, wanted, condition) != null);
        return find(push, wanted, condition);
    }

    void ended(String wanted) throws Exception {
        position(wanted, item -> item.path("ended").asBoolean());
    }

    private static JsonNode find(JsonNode push, String wanted, Predicate<JsonNode> condition) {
        for (JsonNode item : push.get("positions")) {
            if (item.get("share").asText().equals(wanted) && condition.test(item)) {
                return item;
            }
        }
        return null;
    }

    /** What Redis holds of the shares of a conversation. */
    static List<String> stored(Redis redis, String conversation) throws Exception {
        List<String> values = new ArrayList<>();
        await(redis.send(Request.cmd(Command.HVALS).arg("hongyan:location:{" + conversation + "}")))
                .forEach(value -> values.add(value.toString()));
        return values;
    }
}
