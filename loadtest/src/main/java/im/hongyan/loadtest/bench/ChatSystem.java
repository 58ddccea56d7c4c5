package im.hongyan.loadtest.bench;

import io.vertx.core.Future;
import java.util.List;

/** A running chat server and the users who may connect to it. Thread-safe. */
public interface ChatSystem {
    /** One connected user. */
    interface User {
        /**
         * Sends a text.
         *
         * @return completes when the server has the text: with its acknowledgement, or with the best evidence that the
         *     protocol offers
         */
        Future<Void> send(Place place, String text);

        Future<Void> close();
    }

    /**
     * A conversation or room.
     *
     * @param address the server's name for it
     * @param members more than two make a group
     */
    record Place(String address, List<User> members) {}

    /** Receives every frame that arrives. Called on any thread, for each connection in order. */
    interface Receiver {
        void received(byte[] frame);
    }

    String name();

    /** The number of users. */
    int users();

    /** Connects a user, 0 to {@link #users} - 1. A user may connect several times. */
    Future<User> connect(int user, Receiver receiver);

    /** The conversation of two connected users. */
    Future<Place> direct(User one, User other);

    /** A new conversation of these connected users. */
    Future<Place> group(List<User> members);

    /**
     * The number of messages stored so far in these conversations, according to the server or its database. The
     * conversations are either all direct or all groups.
     */
    Future<Long> stored(List<Place> places);

    /** The server's processes. */
    Processes processes();

    Future<Void> close();
}
