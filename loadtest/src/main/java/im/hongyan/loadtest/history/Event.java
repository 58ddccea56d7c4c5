package im.hongyan.loadtest.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;

/**
 * One line of a {@link History}. A {@code client} is one running device whose name is unique in the history. A {@code
 * user} is the account that it belongs to. Fields that may be null say so.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "e")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Event.Started.class, name = "started"),
    @JsonSubTypes.Type(value = Event.Invoked.class, name = "invoked"),
    @JsonSubTypes.Type(value = Event.Acknowledged.class, name = "acked"),
    @JsonSubTypes.Type(value = Event.Refused.class, name = "refused"),
    @JsonSubTypes.Type(value = Event.Unknown.class, name = "unknown"),
    @JsonSubTypes.Type(value = Event.Observed.class, name = "observed"),
    @JsonSubTypes.Type(value = Event.Joined.class, name = "joined"),
    @JsonSubTypes.Type(value = Event.Left.class, name = "left"),
    @JsonSubTypes.Type(value = Event.Settled.class, name = "settled"),
    @JsonSubTypes.Type(value = Event.Restarted.class, name = "restarted"),
    @JsonSubTypes.Type(value = Event.Gone.class, name = "gone"),
    @JsonSubTypes.Type(value = Event.Anomaly.class, name = "anomaly"),
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface Event {

    /** A device of {@code user} starts to record. */
    record Started(String client, String user) implements Event {
        public Started {
            required(client, "client");
            required(user, "user");
        }
    }

    /**
     * The client is about to send for the first time. Retries with the same client id are not recorded again.
     *
     * @param digest of the content, or null if it cannot be predicted from the request
     */
    record Invoked(String client, String conversation, String clientId, String kind, String digest) implements Event {
        public Invoked {
            required(client, "client");
            required(conversation, "conversation");
            required(clientId, "clientId");
            required(kind, "kind");
        }
    }

    /** The server acknowledged it with {@code seq}. */
    record Acknowledged(String client, String conversation, String clientId, long seq) implements Event {
        public Acknowledged {
            required(client, "client");
            required(conversation, "conversation");
            required(clientId, "clientId");
            positive(seq);
        }
    }

    /** The server refused it, and no earlier attempt with this id had an unknown outcome: it must never appear. */
    record Refused(String client, String conversation, String clientId, String reason) implements Event {
        public Refused {
            required(client, "client");
            required(conversation, "conversation");
            required(clientId, "clientId");
        }
    }

    /** The client gave up without learning the outcome: it may appear once or never. */
    record Unknown(String client, String conversation, String clientId) implements Event {
        public Unknown {
            required(client, "client");
            required(conversation, "conversation");
            required(clientId, "clientId");
        }
    }

    /**
     * The client showed this entry to its user, after ordering and de-duplication.
     *
     * @param sender null for an entry without a sender
     * @param clientId null if the entry has none
     * @param digest of the content as served
     * @param target the entry that a recall, edit or reaction refers to, or null
     * @param revision 0 as first stored, n if edited by entry n, {@link #RECALLED} if the content was deleted
     * @param at the server's time in microseconds since 1970, or 0 if unknown
     */
    record Observed(
            String client,
            String conversation,
            long seq,
            String kind,
            String sender,
            String clientId,
            String digest,
            Long target,
            long revision,
            long at)
            implements Event {
        public Observed {
            required(client, "client");
            required(conversation, "conversation");
            required(kind, "kind");
        }
    }

    /** The user may see the conversation from {@code seq} on, inclusive. */
    record Joined(String user, String conversation, long seq) implements Event {
        public Joined {
            required(user, "user");
            required(conversation, "conversation");
            positive(seq);
        }
    }

    /** The entry at {@code seq} is the last that the user may see, until the user joins again. */
    record Left(String user, String conversation, long seq) implements Event {
        public Left {
            required(user, "user");
            required(conversation, "conversation");
            positive(seq);
        }
    }

    /** The client caught up after everything was quiet, and claims to have everything visible up to {@code through}. */
    record Settled(String client, String conversation, long through) implements Event {
        public Settled {
            required(client, "client");
            required(conversation, "conversation");
        }
    }

    /** The client discarded its cursors, as it must on a new epoch. Its earlier observations no longer count. */
    record Restarted(String client) implements Event {
        public Restarted {
            required(client, "client");
        }
    }

    /** The client was stopped for good: what it saw must be correct, but need not be complete. */
    record Gone(String client) implements Event {
        public Gone {
            required(client, "client");
        }
    }

    /** The server did something that a correct server never does. */
    record Anomaly(String client, String conversation, String what) implements Event {
        public Anomaly {
            required(client, "client");
            required(what, "what");
        }
    }

    /** The revision of a recalled entry. */
    long RECALLED = -1;

    private static void required(String value, String name) {
        if (Objects.requireNonNull(value, name).isEmpty()) {
            throw new IllegalArgumentException(name + " is empty");
        }
    }

    private static void positive(long seq) {
        if (seq < 1) {
            throw new IllegalArgumentException("seq must be at least 1, not " + seq);
        }
    }
}
