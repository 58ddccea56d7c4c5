package im.hongyan.identity;

import im.hongyan.identity.IdentityResponses.User;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Pushes changed profiles, at most once per second and user. The first change is pushed at once; those that follow
 * within the second become one push with the profile as it is stored then. Thread-safe.
 */
final class ProfilePushes {
    static final long INTERVAL_MS = 1_000;

    private final Vertx vertx;
    private final FrameCodec codec;
    private final IdentityEvents events;
    private final Function<UserId, Future<Profile>> stored;
    /** Users with a push in the last interval, and the latest change that was not pushed. */
    private final Map<UserId, State> recent = new ConcurrentHashMap<>();

    /** @param unpushed null if the last push is up to date */
    private record State(Profile unpushed) {}

    /** @param stored reads the current profile, which another node may have changed meanwhile */
    ProfilePushes(Vertx vertx, FrameCodec codec, IdentityEvents events, Function<UserId, Future<Profile>> stored) {
        this.vertx = vertx;
        this.codec = codec;
        this.events = events;
        this.stored = stored;
    }

    void changed(Profile profile) {
        State before = recent.putIfAbsent(profile.id(), new State(null));
        if (before == null) {
            push(profile);
            schedule(profile.id());
        } else if (recent.computeIfPresent(profile.id(), (user, state) -> new State(profile)) == null) {
            // The interval ended between the two calls.
            changed(profile);
        }
    }

    private void schedule(UserId user) {
        vertx.setTimer(INTERVAL_MS, none -> intervalEnded(user));
    }

    private void intervalEnded(UserId user) {
        Profile[] latest = {null};
        recent.computeIfPresent(user, (same, state) -> {
            latest[0] = state.unpushed();
            return state.unpushed() == null ? null : new State(null);
        });
        if (latest[0] != null) {
            stored.apply(user).otherwise(latest[0]).onSuccess(profile -> {
                push(profile);
                schedule(user);
            });
        }
    }

    private void push(Profile profile) {
        events.profileChanged(profile.id(), codec.push("profile", new User(profile), Frame.DropPolicy.THEN_SYNC));
    }
}
