package im.hongyan.chat;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Presence.State;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.Conversations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frame {@code presence.watch}. Users watch only those with whom they share a direct conversation in which both
 * have written, or a group in which the watched user has been active. Being added to a group by a stranger reveals
 * nothing.
 *
 * <p>When the last shared conversation ends, so does the watch, within about five minutes: one query at a time, this
 * node checks all its watches again. A user who leaves on one node may be watched on any other; showing their presence
 * a little longer does less harm than a query for each push would.
 */
public final class PresenceSubscriptions {
    private static final Logger LOG = LoggerFactory.getLogger(PresenceSubscriptions.class);

    /** Each request may look up 500 users, and a client needs one only when it shows other users. */
    private static final FrameLimit WATCH_LIMIT = new FrameLimit(2, 20);

    private static final Duration RECHECK_EVERY = Duration.ofMinutes(4);
    private static final Duration MAX_STOP = Duration.ofSeconds(1);

    record Watch(List<UserId> users) {
        public Watch {
            Check.present("users", users);
            users = Check.distinct("users", users, Presence.MAX_WATCHED);
        }
    }

    record States(List<State> presence) {}

    private final PeriodicTasks tasks;
    private final Conversations conversations;
    private final Presence presence;

    public PresenceSubscriptions(Vertx vertx, Conversations conversations, Presence presence) {
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        this.conversations = conversations;
        this.presence = presence;
    }

    public void register(FrameRoutes routes) {
        routes.on("presence.watch", Watch.class, States.class, WATCH_LIMIT, this::watch)
                .declarePush("presence", State.class);
    }

    public void start() {
        tasks.every(RECHECK_EVERY, "rechecking presence subscriptions", RECHECK_EVERY, this::recheck);
    }

    public Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }

    /** Ends the watches of users with whom no conversation is shared any more. */
    Future<Void> recheck() {
        return presence.recheck(conversations::visibleUsers);
    }

    /** Leaves strangers out: a user may just have left the last conversation that they shared. */
    private Future<States> watch(Principal caller, Watch watch) {
        return conversations
                .visibleUsers(caller.user(), watch.users)
                .compose(known -> presence.watch(
                        caller, watch.users.stream().filter(known::contains).toList()))
                .map(States::new);
    }
}
