package im.hongyan.chat;

import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Presence.State;
import im.hongyan.protocol.Caller;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.Routes;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Conversations;
import io.vertx.core.Future;
import java.util.List;

/** The frame {@code presence.watch}: only of people with whom one shares a conversation. */
public final class PresenceWatch {
    private static final int MOST = 500;

    record Watch(List<UserId> users) {
        public Watch {
            Check.present("users", users);
            users = Check.distinct("users", users, MOST);
        }
    }

    record States(List<State> presence) {}

    private final Conversations conversations;
    private final Presence presence;

    public PresenceWatch(Conversations conversations, Presence presence) {
        this.conversations = conversations;
        this.presence = presence;
    }

    public void register(Routes routes) {
        routes.on("presence.watch", Watch.class, States.class, this::watch).pushes("presence", State.class);
    }

    /** Strangers are left out without a word: somebody may just have left the last conversation that was shared. */
    private Future<States> watch(Caller caller, Watch watch) {
        return conversations
                .acquainted(caller.user(), watch.users)
                .compose(known -> presence.watch(
                        caller, watch.users.stream().filter(known::contains).toList()))
                .map(States::new);
    }
}
