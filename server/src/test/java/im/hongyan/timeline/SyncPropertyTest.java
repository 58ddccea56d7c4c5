package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * A device that syncs with only its token misses nothing, whatever transactions are open at that moment and in whatever
 * order they began and ended, also between the pages of one sync.
 */
class SyncPropertyTest {
    private static final int CONVERSATIONS = 6;
    private static final int SLOTS = 3;
    private static final int STEPS = 80;
    private static final StoresExtension STORES = LogNode.stores();

    enum Deed {
        /** Begins a transaction, which has an id from now on and has changed nothing. */
        BEGIN,
        /** An open transaction appends to a conversation. */
        APPEND_AND_STAY_OPEN,
        COMMIT,
        ROLL_BACK,
        SAY,
        MARK,
        PEER_MARKS,
        BE_ADDED,
        BE_REMOVED,
        PAGE
    }

    record Step(Deed deed, int slot, int conversation, int size) {}

    @BeforeContainer
    static void open() throws Exception {
        STORES.open();
    }

    @AfterContainer
    static void close() throws Exception {
        STORES.close();
    }

    /** Of all lengths alike: left to itself, jqwik tries short lists, in which nothing happens. */
    @Provide
    Arbitrary<List<Step>> plays() {
        return step().list().ofMaxSize(STEPS).withSizeDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<Step> step() {
        Arbitrary<Deed> deeds = Arbitraries.frequency(
                Tuple.of(3, Deed.BEGIN),
                Tuple.of(3, Deed.APPEND_AND_STAY_OPEN),
                Tuple.of(3, Deed.COMMIT),
                Tuple.of(1, Deed.ROLL_BACK),
                Tuple.of(3, Deed.SAY),
                Tuple.of(1, Deed.MARK),
                Tuple.of(1, Deed.PEER_MARKS),
                Tuple.of(1, Deed.BE_ADDED),
                Tuple.of(1, Deed.BE_REMOVED),
                Tuple.of(5, Deed.PAGE));
        return Combinators.combine(deeds, upTo(SLOTS - 1), upTo(CONVERSATIONS - 1), upTo(CONVERSATIONS - 1))
                .as(Step::new);
    }

    @Property(tries = 20, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void aTokenMissesNothing(@ForAll("plays") List<Step> steps) throws Exception {
        Play play = new Play(new LogNode(STORES));
        try {
            for (Step step : steps) {
                play.take(step);
            }
        } finally {
            play.commitAll();
        }
        play.finish();
    }

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    /** A transaction that waits to be told what to do. */
    private static final class Slot {
        final Promise<Void> begun = Promise.promise();
        final Promise<ConversationId> append = Promise.promise();
        final Promise<Void> appended = Promise.promise();
        final Promise<Boolean> end = Promise.promise();
        Integer conversation;
        Future<?> done;
    }

    private static final class Play {
        private final LogNode node;
        private final TestConnection viewer;
        private final TestConnection other;
        /** The first half are direct, with a peer each; the others are groups. */
        private final List<String> conversations = new ArrayList<>();

        private final List<TestConnection> peers = new ArrayList<>();
        private final Slot[] slots = new Slot[SLOTS];
        private final Set<Integer> absent = new HashSet<>();

        /** Conversations that changed and that the device has not heard of. */
        private final Set<String> unheard = new HashSet<>();
        /** Of these, the ones that the sync under way must bring, if one is. */
        private Set<String> due;

        private final Map<String, String> known = new TreeMap<>();
        private String since;

        Play(LogNode node) throws Exception {
            this.node = node;
            viewer = node.connect();
            other = node.connect();
            for (int i = 0; i < CONVERSATIONS; i++) {
                TestConnection peer = i < CONVERSATIONS / 2 ? node.connect() : other;
                peers.add(peer);
                String conversation = peer == other ? other.createGroup(viewer) : peer.openWith(viewer);
                conversations.add(conversation);
                if (peer == other) {
                    unheard.add(conversation);
                }
            }
        }

        void take(Step step) throws Exception {
            int place = step.conversation;
            String conversation = conversations.get(place);
            boolean free = !isLocked(place);
            boolean group = peers.get(place) == other;
            switch (step.deed) {
                case BEGIN -> begin(step.slot);
                case APPEND_AND_STAY_OPEN -> {
                    if (slots[step.slot] != null && slots[step.slot].conversation == null && free) {
                        append(slots[step.slot], place);
                    }
                }
                case COMMIT -> end(step.slot, true);
                case ROLL_BACK -> end(step.slot, false);
                case SAY -> {
                    if (free) {
                        peers.get(place).say(conversation, "text");
                        changed(place);
                    }
                }
                case MARK -> mark(viewer, conversation);
                case PEER_MARKS -> {
                    // The peer's first message also locks the peer's own row, and the mark would wait for it.
                    if (!group && (free || !isSilent(conversation))) {
                        mark(peers.get(place), conversation);
                    }
                }
                case BE_ADDED -> {
                    if (free && absent.remove(place)) {
                        membership("group.add", conversation);
                    }
                }
                case BE_REMOVED -> {
                    if (free && group && absent.add(place)) {
                        membership("group.remove", conversation);
                    }
                }
                case PAGE -> page(1 + step.size);
            }
        }

        private boolean isLocked(int conversation) {
            for (Slot slot : slots) {
                if (slot != null && slot.conversation != null && slot.conversation == conversation) {
                    return true;
                }
            }
            return false;
        }

        private void begin(int place) throws Exception {
            if (slots[place] != null) {
                return;
            }
            Slot slot = new Slot();
            slots[place] = slot;
            slot.done = node.timeline().transact(tx -> tx.sql()
                    .query("SELECT pg_current_xact_id()")
                    .onSuccess(begun -> slot.begun.complete())
                    .compose(begun -> slot.append.future())
                    .compose(conversation -> conversation == null
                            ? Future.succeededFuture()
                            : append(tx, conversation).onSuccess(done -> slot.appended.complete()))
                    .compose(appended -> slot.end.future())
                    .compose(commit -> commit ? Future.succeededFuture() : Future.failedFuture("rolled back")));
            await(slot.begun.future());
        }

        private Future<?> append(LogTransaction tx, ConversationId conversation) {
            TestConnection sender = peers.get(conversations.indexOf(conversation.text()));
            return tx.lock(conversation, sender.user())
                    .compose(log ->
                            tx.append(Rows.newEntry(conversation, sender.user(), LogNode.newClientId(), "text")));
        }

        private void append(Slot slot, int conversation) throws Exception {
            slot.conversation = conversation;
            slot.append.complete(LogNode.id(conversations.get(conversation)));
            await(slot.appended.future());
        }

        private void end(int place, boolean commit) throws Exception {
            Slot slot = slots[place];
            if (slot == null) {
                return;
            }
            slots[place] = null;
            slot.append.tryComplete(null);
            slot.end.complete(commit);
            await(slot.done.otherwiseEmpty());
            if (commit && slot.conversation != null) {
                changed(slot.conversation);
            }
        }

        void commitAll() throws Exception {
            for (int i = 0; i < SLOTS; i++) {
                end(i, true);
            }
        }

        /** A user who has left gets no later changes. */
        private void changed(int conversation) {
            if (!absent.contains(conversation)) {
                unheard.add(conversations.get(conversation));
            }
        }

        private void mark(TestConnection reader, String conversation) throws Exception {
            JsonNode before = view(conversation);
            reader.ask("read.mark", Map.of("conversation", conversation, "seq", 1_000));
            if (!view(conversation).equals(before)) {
                unheard.add(conversation);
            }
        }

        private void membership(String type, String conversation) throws Exception {
            other.ask(type, Map.of("conversation", conversation, "users", List.of(viewer.id())));
            unheard.add(conversation);
        }

        private JsonNode view(String conversation) throws Exception {
            return viewer.ask("conversation.get", Map.of("conversation", conversation))
                    .get("conversation");
        }

        /** One page of a sync, the first of a new one unless one is under way. */
        private boolean page(int limit) throws Exception {
            if (due == null) {
                due = new HashSet<>(unheard);
                due.removeIf(this::isSilent);
                unheard.clear();
            }
            Map<String, Object> request = new HashMap<>(Map.of("limit", limit));
            if (since != null) {
                request.put("since", since);
            }
            JsonNode answer = viewer.ask("sync", request);
            assertThat(answer.get("changes").size()).isLessThanOrEqualTo(limit);
            for (JsonNode change : answer.get("changes")) {
                String conversation = change.get("conversation").asText();
                due.remove(conversation);
                known.put(conversation, change.get("info").toString());
            }
            since = answer.get("since").asText();
            boolean more = answer.get("more").asBoolean();
            if (!more) {
                assertThat(due)
                        .as("changed, committed before the sync, and not told")
                        .isEmpty();
                due = null;
            }
            return more;
        }

        /** A direct conversation in which nobody has said anything yet. */
        private boolean isSilent(String conversation) {
            try {
                return view(conversation).get("lastSeq").asLong() == 0;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        /** When all is quiet, the device comes to know everything as it is. */
        void finish() throws Exception {
            while (page(4)) {}
            while (page(4)) {}
            for (String conversation : conversations) {
                if (!isSilent(conversation)) {
                    assertThat(known.get(conversation))
                            .isEqualTo(view(conversation).toString());
                }
            }
        }
    }
}
