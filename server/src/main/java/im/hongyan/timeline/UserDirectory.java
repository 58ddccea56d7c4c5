package im.hongyan.timeline;

import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Set;

/** Which accounts there are: what the log asks of the feature that knows. */
@FunctionalInterface
public interface UserDirectory {
    /** Those of the users whose account exists and is not deleted. */
    Future<Set<UserId>> active(Collection<UserId> users);

    /** Refuses, naming {@code field}, if one of them does not exist. */
    default Future<Void> check(String field, Collection<UserId> users) {
        return active(users).map(active -> {
            for (UserId user : users) {
                if (!active.contains(user)) {
                    throw Rejection.notFound("user.not_found", "there is no user " + user)
                            .at(field);
                }
            }
            return null;
        });
    }
}
