package im.hongyan.timeline;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The {@code users} of an answer: the users that a list of conversations has to name. */
final class NamedUsers {
    /** Roughly the most bytes that one conversation's users take: a peer and a sender, with names of full length. */
    static final int BYTES_EACH = 2 * 400;

    private NamedUsers() {}

    /**
     * The profiles of the peers and of the senders of the last entries, each once, in the order of their first
     * appearance. At most two for each conversation.
     *
     * @param names what the client asked for; unless it is true the result is null, and nothing is read
     */
    static Future<List<Profile>> read(UserDirectory users, List<ConversationView> conversations, Boolean names) {
        if (!Boolean.TRUE.equals(names)) {
            return Future.succeededFuture();
        }
        Set<UserId> named = new LinkedHashSet<>();
        for (ConversationView conversation : conversations) {
            if (conversation.peer() != null) {
                named.add(conversation.peer());
            }
            if (conversation.last() != null) {
                named.add(conversation.last().sender());
            }
        }
        if (named.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return users.profiles(named).map(found -> {
            Map<UserId, Profile> byId = found.stream().collect(Collectors.toMap(Profile::id, Function.identity()));
            return named.stream().map(byId::get).filter(Objects::nonNull).toList();
        });
    }
}
