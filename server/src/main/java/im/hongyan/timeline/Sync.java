package im.hongyan.timeline;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.KeysetPage;
import im.hongyan.timeline.ConversationStore.Changed;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The frame {@code sync}: what changed while a device was away, without a cursor for each conversation.
 *
 * <p>Each append leaves its transaction's id on the conversation, each change of membership or read cursor on the
 * member's row. A token is the id of the oldest transaction that was still running when the answer was read: whatever
 * this answer could not see yet has that id or a later one, and is found with the token the next time.
 */
public final class Sync {
    private static final int LIMIT = 20;
    private static final int MAX = 50;
    private static final int MAX_CURSORS = 1_000;
    private static final int ENTRIES_EACH = 20;
    private static final int BYTES_EACH = 64 << 10;

    record Ask(String since, Map<ConversationId, Long> cursors, Integer limit, Boolean names) {
        public Ask {
            limit = Check.limit(limit, LIMIT, MAX);
            cursors = cursors == null ? Map.of() : cursors;
            if (cursors.size() > MAX_CURSORS) {
                throw Rejection.field(
                        "cursors", "field.too_many", "'cursors' has at most " + MAX_CURSORS + " elements");
            }
            cursors.forEach((conversation, seq) -> Check.seq("cursors." + conversation, seq, 0));
        }
    }

    /**
     * A conversation that changed.
     *
     * @param state {@code member} or {@code left}
     * @param info as in the conversation list
     * @param entries the first ones after the given cursor, or the newest ones without a cursor; there may be more
     */
    record Change(
            ConversationId conversation,
            String state,
            long firstSeq,
            long lastSeq,
            long readSeq,
            int unread,
            ConversationView info,
            List<Entry> entries) {}

    /** @param users null unless the request has {@code names} */
    record Answer(List<Change> changes, List<Profile> users, String since, boolean more) {}

    /** {@code <changed since>[.<token of the first page>.<last conversation>]}; the tail while there are more pages. */
    private record Token(String xid, String next, UUID after) {
        private static final Pattern FORM = Pattern.compile("(\\d{1,19})(?:\\.(\\d{1,19})\\.(\\w{26}))?");

        static Token parse(String text) {
            if (text == null) {
                return new Token("0", null, null);
            }
            Matcher parts = FORM.matcher(text);
            if (!parts.matches()) {
                throw malformed();
            }
            if (parts.group(2) == null) {
                return new Token(parts.group(1), null, null);
            }
            try {
                return new Token(parts.group(1), parts.group(2), Id.Text.decode(parts.group(3)));
            } catch (Rejection e) {
                throw malformed();
            }
        }

        private static Rejection malformed() {
            return Rejection.field("since", "since.malformed", "invalid sync token in 'since'");
        }

        String text() {
            return after == null ? xid : xid + "." + next + "." + Id.Text.encode(after);
        }
    }

    private final ConversationStore conversations;
    private final EntryStore entries;
    private final ConversationExtensions extensions;
    private final UserDirectory users;

    public Sync(Timeline timeline, UserDirectory users) {
        this.conversations = timeline.conversations();
        this.entries = timeline.entries();
        this.extensions = timeline.conversationExtensions();
        this.users = users;
    }

    public void register(FrameRoutes routes) {
        routes.on("sync", Ask.class, Answer.class, this::sync);
    }

    private Future<Answer> sync(Principal caller, Ask ask) {
        Token token = Token.parse(ask.since);
        return conversations
                .changed(caller.user(), token.xid, token.after, ask.limit + 1)
                .compose(changed -> answer(caller.user(), ask, token, changed));
    }

    private Future<Answer> answer(UserId viewer, Ask ask, Token token, Changed changed) {
        String next = token.next == null ? changed.xmin() : token.next;
        KeysetPage<ConversationId> asked = KeysetPage.of(changed.conversations(), ask.limit);
        List<ConversationId> page = asked.items();
        if (page.isEmpty()) {
            return named(ask, List.of(), new Token(next, null, null), false);
        }
        return conversations
                .get(viewer, page)
                .compose(views -> extensions.addTo(viewer, views))
                .compose(views -> newEntries(viewer, ask, page).compose(found -> {
                    List<Change> changes = changes(ask, page, views, found);
                    boolean cut = asked.more() || changes.size() < page.size();
                    ConversationId last = changes.get(changes.size() - 1).conversation();
                    Token following = cut ? new Token(token.xid, next, last.value()) : new Token(next, null, null);
                    return named(ask, changes, following, cut);
                }));
    }

    private Future<Answer> named(Ask ask, List<Change> changes, Token since, boolean more) {
        return NamedUsers.read(users, changes.stream().map(Change::info).toList(), ask.names)
                .map(named -> new Answer(changes, named, since.text(), more));
    }

    private Future<Map<ConversationId, List<Entry>>> newEntries(UserId viewer, Ask ask, List<ConversationId> page) {
        Map<ConversationId, Long> known = new HashMap<>();
        Map<ConversationId, Long> unknown = new HashMap<>();
        for (ConversationId conversation : page) {
            Long cursor = ask.cursors.get(conversation);
            if (cursor == null) {
                unknown.put(conversation, Long.MAX_VALUE);
            } else {
                known.put(conversation, cursor);
            }
        }
        return entries.after(viewer, known, ENTRIES_EACH)
                .compose(after -> entries.before(viewer, unknown, ENTRIES_EACH).map(newest -> {
                    Map<ConversationId, List<Entry>> both = new HashMap<>(after);
                    both.putAll(newest);
                    return both;
                }));
    }

    /** As many conversations, and as many entries of each, as fit; at least one conversation. */
    private static List<Change> changes(
            Ask ask, List<ConversationId> page, List<ConversationView> views, Map<ConversationId, List<Entry>> found) {
        Map<ConversationId, ConversationView> byId =
                views.stream().collect(Collectors.toMap(ConversationView::id, Function.identity()));
        List<Change> changes = new ArrayList<>();
        int room = Conversations.ANSWER_BYTES;
        for (ConversationId conversation : page) {
            ConversationView view = byId.get(conversation);
            List<Entry> entries = found.getOrDefault(conversation, List.of());
            List<Entry> fit = ask.cursors.containsKey(conversation)
                    ? EntriesReadHandler.fitting(entries, BYTES_EACH)
                    : EntriesReadHandler.fittingAtEnd(entries, BYTES_EACH);
            room -= 800
                    + (Boolean.TRUE.equals(ask.names) ? NamedUsers.BYTES_EACH : 0)
                    + fit.stream().mapToInt(Entry::weight).sum()
                    + (view.last() == null ? 0 : view.last().weight());
            if (room < 0 && !changes.isEmpty()) {
                break;
            }
            changes.add(change(view, fit));
        }
        return changes;
    }

    private static Change change(ConversationView view, List<Entry> entries) {
        return new Change(
                view.id(),
                view.role() == null ? "left" : "member",
                view.firstSeq(),
                view.lastSeq(),
                view.readSeq(),
                view.unread(),
                view,
                entries);
    }
}
