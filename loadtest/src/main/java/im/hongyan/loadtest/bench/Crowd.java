package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.Place;
import im.hongyan.loadtest.bench.ChatSystem.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Connected users who chat in pairs and in one group. What they receive goes to the load that is running. */
final class Crowd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int AT_ONCE = 20;

    private final ChatSystem system;
    private final List<User> users = new ArrayList<>();
    private final List<Place> pairs = new ArrayList<>();
    private Place group;
    private volatile BiConsumer<Integer, Marker> sink = (user, marker) -> {};

    private Crowd(ChatSystem system) {
        this.system = system;
    }

    /** @param count an even number of users */
    static Crowd gather(ChatSystem system, int count) {
        Crowd crowd = new Crowd(system);
        crowd.users.addAll(Await.all(
                count,
                AT_ONCE,
                PATIENCE,
                "connecting",
                i -> system.connect(i, frame -> {
                    Marker marker = Marker.in(frame);
                    if (marker != null) {
                        crowd.sink.accept(i, marker);
                    }
                })));
        crowd.pairs.addAll(Await.all(
                count / 2,
                AT_ONCE,
                PATIENCE,
                "opening a pair's conversation",
                i -> system.direct(crowd.user(2 * i), crowd.user(2 * i + 1))));
        crowd.group = Await.get(system.group(crowd.users), PATIENCE, "making a group");
        return crowd;
    }

    ChatSystem system() {
        return system;
    }

    int size() {
        return users.size();
    }

    User user(int number) {
        return users.get(number);
    }

    /** Users 0 and 1, 2 and 3, and so on. */
    List<Place> pairs() {
        return pairs;
    }

    Place pairOf(int user) {
        return pairs.get(user / 2);
    }

    /** The group of all users. */
    Place group() {
        return group;
    }

    /** Sets the receiver of every marked text: the user's number and the text. */
    void receiveBy(BiConsumer<Integer, Marker> receiver) {
        sink = receiver;
    }

    long stored(List<Place> places) {
        return Await.get(system.stored(places), PATIENCE, "counting what is stored");
    }

    @Override
    public void close() {
        Await.all(users.size(), users.size(), PATIENCE, "disconnecting", i -> users.get(i)
                .close());
    }
}
