package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.RequestRejected;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Windows of members: other users can add a bounded number, and entries outside of them stay hidden. */
class WindowsTest {
    private static final GroupLimits LIMITS = new GroupLimits(3, 4, 500, 3);

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;
    private TestConnection stranger;
    private TestConnection victim;
    private String group;

    @BeforeEach
    void setUp() throws Exception {
        use(new LogNode(stores));
    }

    private void use(LogNode newNode) throws Exception {
        node = newNode;
        stranger = node.connect();
        victim = node.connect();
        group = stranger.createGroup(victim);
    }

    @Test
    void add_ofMemberWithMaxWindows_isRefusedAndVictimStillSyncs() throws Exception {
        for (int i = 1; i < GroupStore.MAX_WINDOWS; i++) {
            assertThat(awayAndBack()).isNull();
        }
        assertThat(windows()).isEqualTo(GroupStore.MAX_WINDOWS);

        assertThat(awayAndBack()).isEqualTo("member.stays");
        assertThat(windows()).isEqualTo(GroupStore.MAX_WINDOWS);
        JsonNode change = victim.ask("sync", Map.of()).at("/changes/0");
        assertThat(change.get("state").asText()).isEqualTo("left");
        assertThat(change.get("entries")).hasSize(20);

        stranger.ask("group.history", Map.of("conversation", group, "open", true));
        assertThat(stranger.refusal("group.add", users(victim))).isNull();
        assertThat(windows()).isEqualTo(1);
    }

    @Test
    void migration_ofRowWithThousandsOfWindows_keepsNewestAndLargest() throws Exception {
        ConversationId conversation = LogNode.id(group);
        await(stores.postgres()
                .query(
                        "UPDATE member SET seen = (SELECT range_agg(int8range(lo, hi)) FROM ("
                                + "SELECT i * 10 AS lo, i * 10 + 3 AS hi FROM generate_series(200, 2800) i"
                                + " UNION ALL SELECT 1, 1000 UNION ALL SELECT 90000, NULL) w)"
                                + " WHERE conversation = $1 AND user_id = $2",
                        Tuple.of(conversation.value(), victim.user().value())));

        await(stores.postgres().query(repair()));

        assertThat(windows()).isEqualTo(32);
        assertThat(sees(1)).isTrue();
        assertThat(sees(999)).isTrue();
        assertThat(sees(1000)).isFalse();
        assertThat(sees(20_004)).isFalse();
        assertThat(sees(89_999)).isFalse();
        assertThat(sees(1_000_000)).isTrue();
    }

    @Test
    void edit_whileReaderWasAway_isNotShownAfterRejoining() throws Exception {
        long first = stranger.say(group, "before");
        stranger.ask("group.remove", users(victim));
        edit(first, "secret");
        stranger.ask("group.add", users(victim));

        assertThat(read(first).has("recalled")).isTrue();
        assertThat(read(first).toString()).doesNotContain("secret", "before");

        edit(first, "public");
        assertThat(read(first).at("/content/text").asText()).isEqualTo("public");
    }

    @Test
    void reaction_whileReaderWasAway_isNotCountedAfterRejoining() throws Exception {
        long first = stranger.say(group, "before");
        stranger.ask("group.remove", users(victim));
        stranger.ask(
                "message.react",
                Map.of("conversation", group, "seq", first, "clientId", LogNode.newClientId(), "emoji", "👍"));
        stranger.ask("group.add", users(victim));

        assertThat(read(first).at("/content/text").asText()).isEqualTo("before");
        assertThat(read(first).has("reactions")).isFalse();
    }

    @Test
    void add_ofSameMemberTooOften_isRefusedForAdderOnly() throws Exception {
        use(new LogNode(stores, LIMITS));
        assertThat(awayAndBack()).isNull();
        assertThat(awayAndBack()).isNull();
        // With the creation of the group, three times in all.
        stranger.ask("group.remove", users(victim));

        assertThatThrownBy(() -> stranger.ask("group.add", users(victim)))
                .isInstanceOfSatisfying(RequestRejected.class, rejected -> assertThat(rejected.reason)
                        .isEqualTo("members.limited"));
        TestConnection other = node.connect();
        assertThat(stranger.refusal("group.add", users(other))).isNull();
        assertThat(victim.refusal("sync", Map.of())).isNull();
    }

    /** Otherwise two admins could take turns. */
    @Test
    void add_ofSameMemberByTwoAdminsTooOften_isRefused() throws Exception {
        use(new LogNode(stores, LIMITS));
        TestConnection admin = node.connect();
        assertThat(stranger.refusal("group.add", users(admin))).isNull();
        stranger.ask("group.role", Map.of("conversation", group, "user", admin.id(), "role", "admin"));
        stranger.ask("group.remove", users(victim));
        List<String> answers = new ArrayList<>();
        for (TestConnection adder : List.of(stranger, admin, stranger, admin)) {
            answers.add(adder.refusal("group.add", users(victim)));
            adder.refusal("group.remove", users(victim));
        }

        assertThat(answers).containsExactly(null, null, null, "members.limited");
    }

    @Test
    void create_ofManyGroups_isLimited() throws Exception {
        use(new LogNode(stores, new GroupLimits(1_000, 1_000, 500, 3)));
        String refusal = null;
        int created = 0;
        // The rate refills a little meanwhile.
        while (refusal == null && created < 600) {
            refusal = stranger.refusal("group.create", newGroup(List.of()));
            created++;
        }

        assertThat(refusal).isEqualTo("members.limited");
        assertThat(created).isGreaterThanOrEqualTo(500);
    }

    @Test
    void add_repeatedByRetry_isAnsweredWhenLimitIsReached() throws Exception {
        use(new LogNode(stores, LIMITS));
        assertThat(awayAndBack()).isNull();
        stranger.ask("group.remove", users(victim));
        Map<String, Object> add =
                Map.of("conversation", group, "users", List.of(victim.id()), "clientId", LogNode.newClientId());
        JsonNode added = stranger.ask("group.add", add);

        for (int i = 0; i < 5; i++) {
            assertThat(stranger.ask("group.add", add)).isEqualTo(added);
        }
    }

    @Test
    void create_beyondOwnedGroups_isRefused() throws Exception {
        use(new LogNode(stores, LIMITS));
        stranger.createGroup();
        stranger.createGroup();

        assertThat(stranger.refusal("group.create", newGroup(List.of()))).isEqualTo("group.too_many");
        stranger.ask("group.leave", Map.of("conversation", group));
        assertThat(stranger.refusal("group.create", newGroup(List.of()))).isNull();
    }

    /** The stranger leaves each group, so that the victim owns it. */
    @Test
    void create_repeatedWithSameMember_isRefusedAndVictimKeepsOwnGroups() throws Exception {
        use(new LogNode(stores, new GroupLimits(2, 10, 500, 3)));
        stranger.ask("group.leave", Map.of("conversation", group));
        for (int i = 0; i < 2; i++) {
            stranger.ask("group.leave", Map.of("conversation", stranger.createGroup(victim)));
        }

        assertThat(stranger.refusal("group.create", newGroup(List.of(victim.id()))))
                .isEqualTo("members.limited");
        assertThat(victim.refusal("group.create", newGroup(List.of()))).isNull();
    }

    /** Otherwise an account could make PostgreSQL write hundreds of rows for each refused request. */
    @Test
    void additions_beyondLimit_areRefusedBeforeOtherChecks() throws Exception {
        use(new LogNode(stores, LIMITS));
        stranger.createGroup(victim);
        List<String> unknown = Stream.generate(() -> new UserId(UUID.randomUUID()).text())
                .limit(GroupFrames.MAX_MEMBERS - 1)
                .toList();

        assertThat(stranger.refusal("group.create", newGroup(unknown))).isEqualTo("members.limited");
        assertThat(stranger.refusal("group.add", Map.of("conversation", group, "users", unknown)))
                .isEqualTo("members.limited");
    }

    /** The rows are written before all limits are known, and rolled back, which costs as much as a success. */
    @Test
    void create_refusedAfterRowsAreWritten_usesUpAdditions() throws Exception {
        use(new LogNode(stores, LIMITS));
        List<String> members = strangersAnd(userInMaxGroups(), 498);

        assertThat(stranger.refusal("group.create", newGroup(members))).isEqualTo("member.groups");
        assertThat(stranger.refusal("group.create", newGroup(members))).isEqualTo("members.limited");
    }

    @Test
    void add_refusedAfterRowsAreWritten_usesUpAdditions() throws Exception {
        use(new LogNode(stores, LIMITS));
        Map<String, Object> add = Map.of("conversation", group, "users", strangersAnd(userInMaxGroups(), 497));

        assertThat(stranger.refusal("group.add", add)).isEqualTo("member.groups");
        assertThat(stranger.refusal("group.add", add)).isEqualTo("members.limited");
    }

    @Test
    void additions_ofSameMemberBeyondLimit_areRefusedBeforeRowsAreWritten() throws Exception {
        use(new LogNode(stores, new GroupLimits(10, 10, 500, 3)));
        stranger.createGroup(victim);
        stranger.createGroup(victim);
        TestConnection full = node.connect();
        for (int i = 0; i < 10; i++) {
            full.createGroup();
        }
        List<String> members = List.of(full.id(), victim.id());

        assertThat(stranger.refusal("group.create", newGroup(members))).isEqualTo("members.limited");
        assertThat(stranger.refusal("group.add", Map.of("conversation", stranger.createGroup(), "users", members)))
                .isEqualTo("members.limited");
    }

    /** Locking hundreds of rows would cost more than the rest of the refusal. */
    @Test
    void add_ofMember_isRefusedWithoutLockingRows() throws Exception {
        Promise<Void> locked = Promise.promise();
        Promise<Void> answered = Promise.promise();
        Future<?> other = stores.postgres().transaction(tx -> tx.query(
                        "SELECT 1 FROM member WHERE conversation = $1 FOR UPDATE",
                        Tuple.of(LogNode.id(group).value()))
                .onSuccess(rows -> locked.complete())
                .compose(rows -> answered.future()));
        await(locked.future());

        String refusal = stranger.refusal("group.add", users(victim));

        answered.complete();
        await(other);
        assertThat(refusal).isEqualTo("member.already");
    }

    private TestConnection userInMaxGroups() throws Exception {
        TestConnection user = node.connect();
        for (int i = 0; i < LIMITS.ownedPerUser(); i++) {
            user.createGroup();
        }
        user.ask("group.leave", Map.of("conversation", node.connect().createGroup(user)));
        node.connect().createGroup(user);
        return user;
    }

    private static List<String> strangersAnd(TestConnection user, int strangers) {
        return Stream.concat(
                        Stream.of(user.id()),
                        Stream.generate(() -> new UserId(UUID.randomUUID()).text())
                                .limit(strangers))
                .toList();
    }

    @Test
    void create_repeatedByRetry_isAnsweredWhenLimitIsReached() throws Exception {
        use(new LogNode(stores, new GroupLimits(1_000, 1_000, 500, 3)));
        Map<String, Object> create = newGroup(List.of(victim.id()));
        JsonNode created = stranger.ask("group.create", create);
        String refusal = null;
        for (int i = 0; i < 600 && refusal == null; i++) {
            refusal = stranger.refusal("group.create", newGroup(List.of()));
        }
        assertThat(refusal).isEqualTo("members.limited");

        assertThat(stranger.ask("group.create", create).at("/conversation/id"))
                .isEqualTo(created.at("/conversation/id"));
    }

    @Test
    void add_thatIsRefused_usesUpNoLimitOfMember() throws Exception {
        use(new LogNode(stores, LIMITS));
        TestConnection full = userInMaxGroups();
        stranger.ask("group.remove", users(victim));
        for (int i = 0; i < 5; i++) {
            assertThat(stranger.refusal(
                            "group.add", Map.of("conversation", group, "users", List.of(victim.id(), full.id()))))
                    .isEqualTo("member.groups");
        }

        assertThat(stranger.refusal("group.add", users(victim))).isNull();
    }

    /** Otherwise a stranger could add former members to see when they are online. */
    @Test
    void add_ofFormerMember_hidesThemUntilTheyTakePart() throws Exception {
        victim.say(group, "hello");
        Conversations conversations = node.service(Conversations.class);
        assertThat(await(conversations.visibleUsers(stranger.user(), List.of(victim.user()))))
                .containsExactly(victim.user());
        victim.ask("group.leave", Map.of("conversation", group));
        stranger.ask("group.add", users(victim));

        assertThat(await(conversations.visibleUsers(stranger.user(), List.of(victim.user()))))
                .isEmpty();
        victim.say(group, "hello again");
        assertThat(await(conversations.visibleUsers(stranger.user(), List.of(victim.user()))))
                .containsExactly(victim.user());
    }

    @Test
    void directChat_showsPresenceOnceBothHaveWritten() throws Exception {
        String direct = stranger.ask("conversation.open", Map.of("user", victim.id()))
                .at("/conversation/id")
                .asText();
        stranger.say(direct, "hello");
        Conversations conversations = node.service(Conversations.class);
        victim.ask("group.leave", Map.of("conversation", group));
        assertThat(await(conversations.visibleUsers(stranger.user(), List.of(victim.user()))))
                .isEmpty();
        assertThat(await(conversations.visibleUsers(victim.user(), List.of(stranger.user()))))
                .isEmpty();

        victim.say(direct, "hello");
        assertThat(await(conversations.visibleUsers(stranger.user(), List.of(victim.user()))))
                .containsExactly(victim.user());
        assertThat(await(conversations.visibleUsers(victim.user(), List.of(stranger.user()))))
                .containsExactly(stranger.user());
    }

    @Test
    void handOver_toOwnerOfMaxGroups_isRefused() throws Exception {
        use(new LogNode(stores, LIMITS));
        for (int i = 0; i < 3; i++) {
            victim.createGroup();
        }
        victim.say(group, "a group in which the user has taken part");

        assertThat(stranger.refusal("group.role", Map.of("conversation", group, "user", victim.id(), "role", "owner")))
                .isEqualTo("group.too_many");
    }

    /** Many accounts together, each within its own limits. */
    @Test
    void add_byManyStrangers_leavesRoomForOwnGroupsAndContacts() throws Exception {
        use(new LogNode(stores, LIMITS));
        TestConnection contact = node.connect();
        String direct = victim.openWith(contact);
        node.connect().createGroup(victim);

        for (TestConnection other : node.connect(5)) {
            other.say(other.openWith(victim), "hello, this does not make us contacts");
            assertThat(other.refusal("group.create", newGroup(List.of(victim.id()))))
                    .isEqualTo("member.groups");
            assertThat(other.refusal(
                            "group.add", Map.of("conversation", other.createGroup(), "users", List.of(victim.id()))))
                    .isEqualTo("member.groups");
        }
        assertThat(contact.refusal("group.create", newGroup(List.of(victim.id()))))
                .isEqualTo("member.groups");
        victim.say(direct, "hello");
        assertThat(contact.refusal("group.create", newGroup(List.of(victim.id()))))
                .isNull();
        assertThat(victim.refusal("group.create", newGroup(List.of()))).isNull();
        assertThat(victim.refusal("group.create", newGroup(List.of()))).isEqualTo("member.groups");
    }

    @Test
    void add_ofUserInMaxGroups_isRefusedUntilTheyLeaveOne() throws Exception {
        use(new LogNode(stores, LIMITS));
        for (int i = 0; i < 3; i++) {
            victim.createGroup();
        }
        TestConnection other = node.connect();
        String another = other.createGroup();
        Map<String, Object> add = Map.of("conversation", another, "users", List.of(victim.id()));

        assertThat(other.refusal("group.add", add)).isEqualTo("member.groups");
        assertThat(other.refusal("group.create", newGroup(List.of(victim.id()))))
                .isEqualTo("member.groups");
        victim.ask("group.leave", Map.of("conversation", group));
        assertThat(other.refusal("group.add", add)).isNull();
    }

    /** The user is removed, misses an entry, and is added again: another window, unless that is refused. */
    private String awayAndBack() throws Exception {
        stranger.ask("group.remove", users(victim));
        stranger.say(group, "unseen");
        return stranger.refusal("group.add", users(victim));
    }

    private void edit(long seq, String text) throws Exception {
        stranger.ask(
                "message.edit",
                Map.of(
                        "conversation",
                        group,
                        "seq",
                        seq,
                        "clientId",
                        LogNode.newClientId(),
                        "content",
                        Map.of("type", "text", "text", text)));
    }

    private JsonNode read(long seq) throws Exception {
        return victim.ask("entries.read", Map.of("conversation", group, "after", seq - 1, "limit", 1))
                .at("/entries/0");
    }

    private Map<String, Object> users(TestConnection user) {
        return Map.of("conversation", group, "users", List.of(user.id()));
    }

    private static Map<String, Object> newGroup(List<String> members) {
        return Map.of("clientId", LogNode.newClientId(), "title", "another", "members", members);
    }

    private long windows() throws Exception {
        return of("(SELECT count(*) FROM unnest(seen))");
    }

    private boolean sees(long seq) throws Exception {
        return of("(seen @> " + seq + "::bigint)::int::bigint") == 1;
    }

    private long of(String expression) throws Exception {
        UserId user = victim.user();
        return await(stores.postgres()
                        .query(
                                "SELECT " + expression + " AS n FROM member WHERE conversation = $1 AND user_id = $2",
                                Tuple.of(LogNode.id(group).value(), user.value())))
                .iterator()
                .next()
                .getLong("n");
    }

    /** The statement of the migration that repairs rows. */
    private static String repair() throws Exception {
        try (InputStream file = WindowsTest.class.getResourceAsStream("migrations/V012__windows.sql")) {
            String sql = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return sql.substring(0, sql.indexOf(';'));
        }
    }
}
