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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frame {@code presence.watch}: only of people with whom one shares a conversation.
 *
 * <p>When the last shared conversation ends, so does the watch, within some five minutes: all watches of this node are
 * judged anew in turn, one query at a time. Somebody who leaves on one node may be watched on any other, and that a presence
 * is seen a little longer harms less than a query for each push would.
 */
public final class PresenceSubscriptions {
    private static final Logger LOG = LoggerFactory.getLogger(PresenceSubscriptions.class);
    private static final int MAX = 500;
    private static final long RECHECK_MS = 240_000;

    record Watch(List<UserId> users) {
        public Watch {
            Check.present("users", users);
            users = Check.distinct("users", users, MAX);
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

    /** Ends the watches of people with whom no conversation is shared any more. */
    Future<Void> recheck() {
        return recheck(presence.watchedUsers().entrySet().iterator());
    }

    private Future<Void> recheck(Iterator<Map.Entry<Principal, List<UserId>>> watches) {
        if (!watches.hasNext()) {
            return Future.succeededFuture();
        }
        Map.Entry<Principal, List<UserId>> watch = watches.next();
        return recheck(watch.getKey(), watch.getValue())
                .compose(none -> recheck(watches))
                .recover(failure -> {
                    LOG.warn("who may still watch whom could not be asked, and will be later: {}", failure.toString());
                    return Future.succeededFuture();
                });
    }

    private Future<Void> recheck(Principal caller, List<UserId> users) {
        return conversations.acquainted(caller.user(), users).map(known -> {
            if (known.size() < users.size()) {
                presence.retainWatched(
                        caller, users, users.stream().filter(known::contains).toList());
            }
            return null;
        });
    }

    /** Strangers are left out without a word: somebody may just have left the last conversation that was shared. */
    private Future<States> watch(Principal caller, Watch watch) {
        return conversations
                .acquainted(caller.user(), watch.users)
                .compose(known -> presence.watch(
                        caller, watch.users.stream().filter(known::contains).toList()))
                .map(States::new);
    }
}
