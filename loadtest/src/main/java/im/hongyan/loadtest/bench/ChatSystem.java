package im.hongyan.loadtest.bench;

import io.vertx.core.Future;
import java.util.List;

/** A running chat server with users who may connect to it. Thread-safe. */
public interface ChatSystem {
    /** One connected user. */
    interface User {
        /**
         * Sends a text.
         *
         * @return when the server has it: its acknowledgement, or the surest sign of it that the protocol has
         */
        Future<Void> send(Place place, String text);

        Future<Void> close();
    }

    /**
     * Where users write to each other.
     *
     * @param address the server's name for it
     * @param members more than two make a group
     */
    record Place(String address, List<User> members) {}

    /** Is told of every frame that arrives, on any thread; the order per connection is that of arrival. */
    interface Receiver {
        void received(byte[] frame);
    }

    String name();

    /** How many users there are to connect. */
    int users();

    /** Connects a user, 0 to {@link #users} - 1. A user may connect several times. */
    Future<User> connect(int user, Receiver receiver);

    /** Where two connected users write to each other. */
    Future<Place> direct(User one, User other);

    /** A new place for these connected users. */
    Future<Place> group(List<User> members);

    /** Messages stored so far in these places, which are all direct or all groups, as the server or its database says. */
    Future<Long> stored(List<Place> places);

    /** What it runs as. */
    Processes processes();

    Future<Void> close();
}
