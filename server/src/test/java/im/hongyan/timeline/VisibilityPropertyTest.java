package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import im.hongyan.timeline.GroupModel.Logged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
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

/** Whatever happens in a group, each user sees exactly what the model says, through every frame. */
class VisibilityPropertyTest {
    private static final int USERS = 5;
    /** Never a member. */
    private static final int STRANGER = 5;

    private static final int STEPS = 100;

    private static final List<String> EMOJI = List.of("👍", "❤️", "🪿");
    private static final StoresExtension STORES = LogNode.stores();

    enum Deed {
        SAY,
        REPLY,
        ADD,
        REMOVE,
        LEAVE,
        HAND_OVER,
        HISTORY,
        RECALL,
        EDIT,
        REACT,
        UNREACT,
        MARK
    }

    /** @param pick chooses among the entries, users or emoji that exist at that time */
    record Step(Deed deed, int who, int whom, int pick) {}

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
                Tuple.of(6, Deed.SAY),
                Tuple.of(1, Deed.REPLY),
                Tuple.of(4, Deed.ADD),
                Tuple.of(3, Deed.REMOVE),
                Tuple.of(2, Deed.LEAVE),
                Tuple.of(1, Deed.HAND_OVER),
                Tuple.of(1, Deed.HISTORY),
                Tuple.of(2, Deed.RECALL),
                Tuple.of(3, Deed.EDIT),
                Tuple.of(3, Deed.REACT),
                Tuple.of(1, Deed.UNREACT),
                Tuple.of(3, Deed.MARK));
        return Combinators.combine(deeds, upTo(STRANGER), upTo(USERS - 1), upTo(1_000))
                .as(Step::new);
    }

    @Property(tries = 10, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void eachUserSeesWhatTheModelSays(@ForAll("plays") List<Step> steps) throws Exception {
        Play play = new Play(new LogNode(STORES));
        for (Step step : steps) {
            play.take(step);
        }
        play.check();
    }

    /** What a device remembers of its last sync. */
    private record Device(String token, long cursor, String standing) {}

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    /** One group on a real log, and its model, doing the same. */
    private static final class Play {
        private final List<TestConnection> users;
        private final List<String> ids;
        private final GroupModel model = new GroupModel();
        private final String group;
        private final Map<Integer, Device> devices = new HashMap<>();
        private int texts;

        Play(LogNode node) throws Exception {
            users = node.connect(USERS + 1);
            ids = users.stream().map(TestConnection::id).toList();
            group = users.get(0).createGroup(users.get(1), users.get(2));
            for (int who = 0; who < 3; who++) {
                model.roles.put(who, who == 0 ? GroupModel.OWNER : GroupModel.MEMBER);
                model.joined.put(who, 1L);
            }
            model.append("group", 0, null, null);
        }

        void take(Step step) throws Exception {
            int who = step.who;
            switch (step.deed) {
                case SAY -> say(who, null);
                case REPLY -> say(who, entry(step));
                case ADD -> add(who, step.whom);
                case REMOVE -> remove(who, step.whom);
                case LEAVE -> leave(who);
                case HAND_OVER -> handOver(who, step.whom);
                case HISTORY -> history(who, step.pick % 2 == 0);
                case RECALL -> recall(who, ownEntry(step));
                case EDIT -> edit(who, ownEntry(step));
                case REACT -> react(who, entry(step), EMOJI.get(step.pick % EMOJI.size()), false);
                case UNREACT -> react(who, entry(step), EMOJI.get(step.pick % EMOJI.size()), true);
                case MARK -> mark(who, step.pick % (model.lastSeq() + 3));
            }
            if (step.pick % 7 == 0) {
                checkSync(who);
            }
        }

        /** Mostly one of the newest, now and then one that is not there yet. */
        private long entry(Step step) {
            return Math.max(1, model.lastSeq() + 1 - step.pick % 12);
        }

        /** Mostly one of their own messages, however old. */
        private long ownEntry(Step step) {
            List<Logged> own = model.log.stream()
                    .filter(entry -> entry.kind.equals("message") && entry.sender == step.who)
                    .toList();
            return own.isEmpty() || step.pick % 5 == 0 ? entry(step) : own.get(step.pick % own.size()).seq;
        }

        private void say(int who, Long replyTo) throws Exception {
            String text = "text " + ++texts;
            Map<String, Object> request = new HashMap<>(LogNode.message(group, LogNode.newClientId(), text));
            if (replyTo != null) {
                request.put("replyTo", replyTo);
            }
            String expected = !model.isMember(who)
                    ? "conversation.not_member"
                    : replyTo != null && !sees(who, replyTo) ? "entry.not_found" : null;
            assertThat(users.get(who).refusal("message.send", request)).isEqualTo(expected);
            if (expected == null) {
                model.append("message", who, replyTo, text);
            }
        }

        private void add(int who, int whom) throws Exception {
            String expected =
                    !model.isMember(who) ? "conversation.not_member" : model.isMember(whom) ? "member.already" : null;
            assertThat(users.get(who).refusal("group.add", users(whom))).isEqualTo(expected);
            if (expected == null) {
                model.join(whom);
            }
        }

        private void remove(int who, int whom) throws Exception {
            String expected = who == whom
                    ? "group.self"
                    : !model.isMember(who)
                            ? "conversation.not_member"
                            : !model.owns(who) ? "group.role" : model.isMember(whom) ? null : "member.not_found";
            assertThat(users.get(who).refusal("group.remove", users(whom))).isEqualTo(expected);
            if (expected == null) {
                model.part(whom);
            }
        }

        private void leave(int who) throws Exception {
            String expected = model.isMember(who) ? null : "conversation.not_member";
            assertThat(users.get(who).refusal("group.leave", Map.of("conversation", group)))
                    .isEqualTo(expected);
            if (expected != null) {
                return;
            }
            if (model.owns(who) && model.roles.size() > 1) {
                model.roles.put(model.heir(who, ids), GroupModel.OWNER);
                model.append("group", who, null, null);
            }
            model.part(who);
        }

        private void handOver(int who, int whom) throws Exception {
            String expected = who == whom
                    ? "group.self"
                    : !model.isMember(who)
                            ? "conversation.not_member"
                            : !model.owns(who) ? "group.role" : model.isMember(whom) ? null : "member.not_found";
            Map<String, Object> request = Map.of("conversation", group, "user", ids.get(whom), "role", "owner");
            assertThat(users.get(who).refusal("group.role", request)).isEqualTo(expected);
            if (expected == null) {
                // The former owner stays as an admin, and this play has no deeds that take an admin.
                assertThat(users.get(whom)
                                .refusal(
                                        "group.role",
                                        Map.of("conversation", group, "user", ids.get(who), "role", "member")))
                        .isNull();
                model.roles.put(whom, GroupModel.OWNER);
                model.append("group", who, null, null);
                model.roles.put(who, GroupModel.MEMBER);
                model.append("group", whom, null, null);
            }
        }

        private void history(int who, boolean open) throws Exception {
            String expected = !model.isMember(who) ? "conversation.not_member" : model.owns(who) ? null : "group.role";
            assertThat(users.get(who).refusal("group.history", Map.of("conversation", group, "open", open)))
                    .isEqualTo(expected);
            if (expected == null) {
                model.openHistory = open;
                model.append("group", who, null, null);
            }
        }

        private String amendable(int who, long seq) {
            if (!model.isMember(who)) {
                return "conversation.not_member";
            }
            if (!sees(who, seq)) {
                return "entry.not_found";
            }
            Logged entry = model.at(seq);
            return !entry.kind.equals("message") ? "entry.not_message" : entry.recalled ? "message.recalled" : null;
        }

        private void recall(int who, long seq) throws Exception {
            String expected = amendable(who, seq);
            if (expected == null && model.at(seq).sender != who && !model.owns(who)) {
                expected = "message.not_own";
            }
            assertThat(users.get(who).refusal("message.recall", target(seq))).isEqualTo(expected);
            if (expected == null) {
                Logged entry = model.at(seq);
                entry.recalled = true;
                entry.reactions.clear();
                entry.reactedBy = null;
                model.append("recall", who, seq, null);
            }
        }

        private void edit(int who, long seq) throws Exception {
            String expected = amendable(who, seq);
            if (expected == null && model.at(seq).sender != who) {
                expected = "message.not_own";
            }
            String text = "edited " + ++texts;
            Map<String, Object> request = new HashMap<>(target(seq));
            request.put("content", Map.of("type", "text", "text", text));
            assertThat(users.get(who).refusal("message.edit", request)).isEqualTo(expected);
            if (expected == null) {
                model.at(seq).text = text;
                model.at(seq).editedBy = model.append("edit", who, seq, null).seq;
            }
        }

        private void react(int who, long seq, String emoji, boolean remove) throws Exception {
            String expected = amendable(who, seq);
            var reactions =
                    expected == null ? model.at(seq).reactions.computeIfAbsent(emoji, none -> new TreeSet<>()) : null;
            if (expected == null && reactions.contains(who) != remove) {
                expected = remove ? "reaction.absent" : "reaction.exists";
            }
            Map<String, Object> request = new HashMap<>(target(seq));
            request.put("emoji", emoji);
            request.put("remove", remove);
            assertThat(users.get(who).refusal("message.react", request)).isEqualTo(expected);
            if (expected == null) {
                if (remove) {
                    reactions.remove(who);
                } else {
                    reactions.add(who);
                }
                model.at(seq).reactedBy = model.append("reaction", who, seq, null).seq;
            }
        }

        private void mark(int who, long seq) throws Exception {
            boolean was = !model.visibleTo(who).isEmpty();
            assertThat(users.get(who).refusal("read.mark", Map.of("conversation", group, "seq", seq)))
                    .isEqualTo(was ? null : "conversation.not_member");
            if (was) {
                model.read.merge(who, Math.min(seq, model.endFor(who)), Math::max);
            }
        }

        private boolean sees(int who, long seq) {
            return seq <= model.lastSeq() && model.at(seq).audience.contains(who);
        }

        private Map<String, Object> users(int whom) {
            return Map.of("conversation", group, "users", List.of(ids.get(whom)));
        }

        private Map<String, Object> target(long seq) {
            return Map.of("conversation", group, "seq", seq, "clientId", LogNode.newClientId());
        }

        void check() throws Exception {
            for (int who = 0; who <= STRANGER; who++) {
                if (model.visibleTo(who).isEmpty()) {
                    checkStranger(who);
                } else {
                    checkPages(who);
                    checkView(who);
                    checkSync(who);
                }
            }
            if (!model.roles.isEmpty()) {
                checkMembers();
            }
        }

        private void checkStranger(int who) throws Exception {
            for (String type : List.of("entries.read", "conversation.get", "group.members", "read.by")) {
                Map<String, Object> request = new HashMap<>(Map.of("conversation", group));
                if (type.equals("read.by")) {
                    request.put("seq", 1);
                }
                assertThat(users.get(who).refusal(type, request)).isEqualTo("conversation.not_member");
            }
            assertThat(users.get(who).ask("sync", Map.of()).get("changes")).isEmpty();
        }

        private void checkPages(int who) throws Exception {
            for (String view : List.of("all", "messages")) {
                for (int limit : new int[] {1, 2, 3, 7, 100}) {
                    checkForward(who, view, limit);
                    checkBackward(who, view, limit);
                }
            }
            long beyond = model.lastSeq() + 5;
            JsonNode nothing = read(who, "after", beyond, 10, "all");
            assertThat(nothing.get("entries")).isEmpty();
            assertThat(nothing.get("lastSeq").asLong()).isEqualTo(model.endFor(who));
            assertThat(nothing.get("through").asLong()).isEqualTo(model.endFor(who));
        }

        private JsonNode read(int who, String bound, Long seq, int limit, String view) throws Exception {
            Map<String, Object> request = new HashMap<>(Map.of("conversation", group, "limit", limit, "view", view));
            if (seq != null) {
                request.put(bound, seq);
            }
            return users.get(who).ask("entries.read", request);
        }

        private void checkForward(int who, String view, int limit) throws Exception {
            long after = 0;
            while (after < model.endFor(who)) {
                JsonNode page = read(who, "after", after, limit, view);
                assertThat(page.get("from").asLong()).isEqualTo(after + 1);
                assertThat(page.get("through").asLong()).isGreaterThan(after);
                checkPage(who, view, limit, page);
                after = page.get("through").asLong();
            }
            assertThat(after).isEqualTo(model.endFor(who));
        }

        private void checkBackward(int who, String view, int limit) throws Exception {
            Long before = null;
            while (before == null || before > 1) {
                JsonNode page = read(who, "before", before, limit, view);
                long through = before == null ? model.endFor(who) : before - 1;
                assertThat(page.get("through").asLong()).isEqualTo(through);
                assertThat(page.get("from").asLong()).isLessThanOrEqualTo(through);
                checkPage(who, view, limit, page);
                before = page.get("from").asLong();
            }
        }

        /** Exactly what the user may see of the range that the page covers, each entry in its current state. */
        private void checkPage(int who, String view, int limit, JsonNode page) {
            long from = page.get("from").asLong();
            long through = page.get("through").asLong();
            List<Logged> visible = model.visibleTo(who);
            List<Logged> expected = visible.stream()
                    .filter(entry -> entry.seq >= from && entry.seq <= through)
                    .filter(entry -> view.equals("all") || entry.isShown())
                    .toList();
            checkEntries(who, page.get("entries"), expected);
            assertThat(expected).hasSizeLessThanOrEqualTo(limit);
            assertThat(page.get("firstSeq").asLong()).isEqualTo(visible.get(0).seq);
            assertThat(page.get("lastSeq").asLong()).isEqualTo(model.endFor(who));
        }

        private void checkEntries(int who, JsonNode entries, List<Logged> expected) {
            List<Map<String, Object>> found = new ArrayList<>();
            entries.forEach(entry -> found.add(of(entry)));
            assertThat(found)
                    .isEqualTo(expected.stream().map(entry -> of(entry, who)).toList());
        }

        private void checkView(int who) throws Exception {
            JsonNode info = users.get(who)
                    .ask("conversation.get", Map.of("conversation", group))
                    .get("conversation");
            checkInfo(who, info);
            JsonNode listed = users.get(who).ask("conversation.list", Map.of()).get("conversations");
            if (model.isMember(who)) {
                assertThat(listed).containsExactly(info);
            } else {
                assertThat(listed).isEmpty();
            }
        }

        private void checkInfo(int who, JsonNode info) {
            assertThat(info.get("unread").asLong()).as("unread").isEqualTo(model.unread(who));
            assertThat(info.get("readSeq").asLong()).isEqualTo(model.read.getOrDefault(who, 0L));
            assertThat(info.get("firstSeq").asLong())
                    .isEqualTo(model.visibleTo(who).get(0).seq);
            assertThat(info.get("lastSeq").asLong()).isEqualTo(model.endFor(who));
            if (model.isMember(who)) {
                assertThat(info.get("memberCount").asInt()).isEqualTo(model.roles.size());
                assertThat(info.get("openHistory").asBoolean()).isEqualTo(model.openHistory);
            } else {
                assertThat(info.has("memberCount")).isFalse();
                assertThat(info.has("openHistory")).isFalse();
            }
            assertThat(info.has("role")).isEqualTo(model.isMember(who));
            assertThat(of(info.get("last"))).isEqualTo(of(model.last(who), who));
        }

        /** A device that syncs now and then: the first time with nothing, later with its token and its cursor. */
        private void checkSync(int who) throws Exception {
            Map<String, Object> request = new HashMap<>();
            Device before = devices.get(who);
            if (before != null) {
                request.put("since", before.token);
                request.put("cursors", Map.of(group, before.cursor));
            }
            JsonNode answer = users.get(who).ask("sync", request);
            boolean was = !model.visibleTo(who).isEmpty();
            devices.put(
                    who,
                    new Device(answer.get("since").asText(), was ? model.endFor(who) : 0, was ? standing(who) : ""));
            assertThat(answer.get("more").asBoolean()).isFalse();
            if (was && (before == null || !before.standing.equals(standing(who)))) {
                assertThat(answer.get("changes")).hasSize(1);
            }
            for (JsonNode change : answer.get("changes")) {
                assertThat(change.get("state").asText()).isEqualTo(model.isMember(who) ? "member" : "left");
                checkInfo(who, change.get("info"));
                List<Logged> visible = model.visibleTo(who);
                if (before == null) {
                    checkEntries(who, change.get("entries"), lastOf(visible, 20));
                } else {
                    checkEntries(
                            who,
                            change.get("entries"),
                            visible.stream()
                                    .filter(entry -> entry.seq > before.cursor)
                                    .limit(20)
                                    .toList());
                }
            }
        }

        /** What a sync must not miss. */
        private String standing(int who) {
            return model.isMember(who) + " " + model.endFor(who) + " " + model.read.getOrDefault(who, 0L);
        }

        private static <T> List<T> lastOf(List<T> all, int count) {
            return all.subList(Math.max(0, all.size() - count), all.size());
        }

        private void checkMembers() throws Exception {
            int anyone = model.roles.keySet().iterator().next();
            JsonNode members = users.get(anyone).ask("group.members", Map.of("conversation", group));
            Map<String, String> found = new TreeMap<>();
            members.get("members")
                    .forEach(member -> found.put(
                            member.get("user").asText(),
                            member.get("role").asText()
                                    + member.get("joinedSeq").asLong()));
            Map<String, String> expected = new TreeMap<>();
            model.roles.forEach((who, role) -> expected.put(
                    ids.get(who), (role == GroupModel.OWNER ? "owner" : "member") + model.joined.get(who)));
            assertThat(found).isEqualTo(expected);
        }

        private static Map<String, Object> of(JsonNode entry) {
            Map<String, Object> state = new TreeMap<>();
            state.put("seq", entry.get("seq").asLong());
            state.put("kind", entry.get("kind").asText());
            if (entry.at("/content/text").isTextual()) {
                state.put("text", entry.at("/content/text").asText());
            }
            if (entry.at("/content/content/text").isTextual()) {
                state.put("targetText", entry.at("/content/content/text").asText());
            }
            if (entry.has("recalled")) {
                state.put("recalled", entry.get("recalled").asBoolean());
            }
            if (entry.has("edited")) {
                state.put("edited", entry.at("/edited/seq").asLong());
            }
            if (entry.has("reactedSeq")) {
                state.put("reactedSeq", entry.get("reactedSeq").asLong());
            }
            for (JsonNode reaction : entry.path("reactions")) {
                state.put(
                        reaction.get("emoji").asText(),
                        reaction.get("count").asInt() + (reaction.get("mine").asBoolean() ? " and mine" : ""));
            }
            return state;
        }

        private Map<String, Object> of(Logged entry, int who) {
            Map<String, Object> state = new TreeMap<>();
            state.put("seq", entry.seq);
            state.put("kind", entry.kind);
            boolean gone = entry.recalled || model.editedUnseen(entry, who);
            if (entry.kind.equals("message") && !gone) {
                state.put("text", entry.text);
                if (entry.editedBy != null) {
                    state.put("edited", entry.editedBy);
                }
            }
            if (gone) {
                state.put("recalled", true);
            }
            if (entry.kind.equals("edit") && sees(who, entry.target)) {
                Logged target = model.at(entry.target);
                if (!target.recalled && !model.editedUnseen(target, who)) {
                    state.put("targetText", target.text);
                }
            }
            if (gone || entry.reactedBy == null || model.reactedToUnseen(entry, who)) {
                return state;
            }
            state.put("reactedSeq", entry.reactedBy);
            entry.reactions.forEach((emoji, all) -> {
                if (!all.isEmpty()) {
                    state.put(emoji, all.size() + (all.contains(who) ? " and mine" : ""));
                }
            });
            return state;
        }
    }
}
