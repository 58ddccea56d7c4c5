package im.hongyan.timeline;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** The frames that open, list and read conversations. */
public final class Conversations {
    private static final int LIST_LIMIT = 50;
    private static final int MAX_LIST = 100;
    private static final int DELETION_BATCH = 200;
    /** The bytes of entries in one answer; the rest of the 256 KiB is for everything around them. */
    static final int ANSWER_BYTES = 200 << 10;

    record Open(UserId user) {
        public Open {
            Check.present("user", user);
        }
    }

    record Get(ConversationId conversation) {
        public Get {
            Check.present("conversation", conversation);
        }
    }

    record ListAll(String cursor, Integer limit, Boolean names) {
        public ListAll {
            limit = Check.limit(limit, LIST_LIMIT, MAX_LIST);
        }
    }

    /** One conversation. */
    public record One(ConversationView conversation) {}

    /** @param users null unless the request has {@code names} */
    record Page(List<ConversationView> conversations, List<Profile> users, String cursor) {}

    private final ConversationStore store;
    private final ConversationExtensions extensions;
    private final UserDirectory users;

    public Conversations(Timeline timeline, UserDirectory users) {
        this.store = timeline.conversations();
        this.extensions = timeline.conversationExtensions();
        this.users = users;
    }

    public void register(FrameRoutes routes) {
        routes.on("conversation.open", Open.class, One.class, this::open)
                .on("conversation.get", Get.class, One.class, this::get)
                .on("conversation.list", ListAll.class, Page.class, this::list);
    }

    /** The id of the direct conversation of two users, in either order. */
    public static ConversationId directId(UserId one, UserId other) {
        boolean inOrder = one.compareTo(other) < 0;
        return new ConversationId(
                NewEntry.derivedId("direct", (inOrder ? one : other).text(), (inOrder ? other : one).text()));
    }

    /**
     * Those of the users who share with {@code viewer} a direct conversation in which both have written, or a group
     * that they themselves have created, written in, or read.
     */
    public Future<Set<UserId>> visibleUsers(UserId viewer, Collection<UserId> users) {
        return store.visibleUsers(viewer, users);
    }

    private Future<One> open(Principal caller, Open open) {
        return direct(caller.user(), open.user).compose(conversation -> one(caller.user(), conversation));
    }

    /**
     * Opens the direct conversation of two users unless it exists. Rejects the request if {@code user} does not exist.
     */
    public Future<ConversationId> direct(UserId who, UserId user) {
        if (user.equals(who)) {
            return Future.failedFuture(
                    Rejection.field("user", "conversation.self", "a direct conversation needs another user"));
        }
        ConversationId conversation = directId(who, user);
        return users.check("user", List.of(user))
                .compose(none -> store.openDirect(conversation, who, user))
                .map(conversation);
    }

    /** Keeps others from writing to a user who has deleted their account. Idempotent. */
    public Future<Void> peerDeleted(UserId user) {
        return store.peerDeleted(user, DELETION_BATCH)
                .compose(marked -> marked < DELETION_BATCH ? Future.succeededFuture() : peerDeleted(user));
    }

    /**
     * Rejects the request unless the user is a member who may write. For requests that append nothing; an append checks
     * this in its own transaction.
     */
    public Future<Void> checkMaySpeak(ConversationId conversation, UserId user) {
        return store.checkMaySpeak(conversation, user);
    }

    private Future<One> get(Principal caller, Get get) {
        return one(caller.user(), get.conversation);
    }

    Future<One> one(UserId viewer, ConversationId conversation) {
        return store.get(viewer, List.of(conversation))
                .compose(views -> extensions.addTo(viewer, views))
                .map(views -> {
                    if (views.isEmpty()) {
                        throw TimelineErrors.notMember();
                    }
                    return new One(views.get(0));
                });
    }

    private Future<Page> list(Principal caller, ListAll list) {
        int limit = list.limit;
        int bytesEach = 600 + (Boolean.TRUE.equals(list.names) ? NamedUsers.BYTES_EACH : 0);
        return store.list(caller.user(), ListCursor.parse(list.cursor), limit + 1)
                .compose(found -> {
                    List<ConversationView> page = fitting(found, limit, bytesEach);
                    String cursor = page.size() < found.size()
                            ? ListCursor.after(page.get(page.size() - 1)).text()
                            : null;
                    return extensions.addTo(caller.user(), page).compose(whole -> NamedUsers.read(
                                    users, page, list.names)
                            .map(users -> new Page(whole, users, cursor)));
                });
    }

    /** As many conversations as fit: the last entries of fifty may have sixteen kilobytes each. */
    private static List<ConversationView> fitting(List<ConversationView> views, int limit, int bytesEach) {
        int count = 0;
        int bytes = 0;
        while (count < Math.min(views.size(), limit)) {
            Entry last = views.get(count).last();
            bytes += bytesEach + (last == null ? 0 : last.weight());
            if (bytes > ANSWER_BYTES && count > 0) {
                break;
            }
            count++;
        }
        return List.copyOf(views.subList(0, count));
    }
}
