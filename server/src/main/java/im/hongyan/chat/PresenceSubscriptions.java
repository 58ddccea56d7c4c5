package im.hongyan.chat;

import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Presence.State;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Conversations;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * The frame {@code presence.watch}. Users watch only those with whom they share a conversation.
 *
 * <p>When the last shared conversation ends, so does the watch, within about five minutes: one query at a time, this
 * node checks all its watches again. A user who leaves on one node may be watched on any other; showing their presence
 * a little longer does less harm than a query for each push would.
 */
public final class PresenceSubscriptions {
    private static final long RECHECK_MS = 240_000;

    record Watch(List<UserId> users) {
        public Watch {
            Check.present("users", users);
            users = Check.distinct("users", users, Presence.MAX_WATCHED);
        }
    }

    record States(List<State> presence) {}

    private final Vertx vertx;
    private final Conversations conversations;
    private final Presence presence;

    public PresenceSubscriptions(Vertx vertx, Conversations conversations, Presence presence) {
        this.vertx = vertx;
        this.conversations = conversations;
        this.presence = presence;
    }

    public void register(FrameRoutes routes) {
        routes.on("presence.watch", Watch.class, States.class, this::watch).declarePush("presence", State.class);
    }

    public void start() {
        vertx.setTimer(RECHECK_MS, none -> recheck().onComplete(done -> start()));
    }

    /** Ends the watches of users with whom no conversation is shared any more. */
    Future<Void> recheck() {
        return presence.recheck(conversations::acquainted);
    }

    /** Leaves strangers out: a user may just have left the last conversation that they shared. */
    private Future<States> watch(Principal caller, Watch watch) {
        return conversations
                .acquainted(caller.user(), watch.users)
                .compose(known -> presence.watch(
                        caller, watch.users.stream().filter(known::contains).toList()))
                .map(States::new);
    }
}
