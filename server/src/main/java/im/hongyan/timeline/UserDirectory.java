package im.hongyan.timeline;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The accounts, as the timeline needs them. Implemented by the feature that stores them. */
@FunctionalInterface
public interface UserDirectory {
    /** The profiles of the users that exist, deleted ones included, in any order. One query, whatever their number. */
    Future<List<Profile>> profiles(Collection<UserId> users);

    /** Rejects the request, naming {@code field}, unless each of the users exists and is not deleted. */
    default Future<Void> check(String field, Collection<UserId> users) {
        return profiles(users).map(profiles -> {
            Set<UserId> active = profiles.stream()
                    .filter(profile -> profile.deleted() == null)
                    .map(Profile::id)
                    .collect(Collectors.toSet());
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
