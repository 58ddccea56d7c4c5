package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.RequestRejected;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** To whom entries are pushed. */
@Timeout(60)
class AudienceTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;

    @BeforeEach
    void setUp() {
        node = new LogNode(stores);
    }

    /** Three users write at full speed while others join and are removed: entry n goes to the members as of n. */
    @RepeatedTest(2)
    void push_racingWithJoinsAndLeaves_goesToTheMembersAsOfTheEntry() throws Exception {
        TestConnection owner = node.connect();
        List<TestConnection> writers = node.connect(3);
        List<TestConnection> guests = node.connect(4);
        String group = owner.createGroup(writers.toArray(TestConnection[]::new));

        List<Future<?>> all = new ArrayList<>();
        for (TestConnection writer : writers) {
            for (int lane = 0; lane < 4; lane++) {
                all.add(repeat(40, () -> writer.saying(group, "text")));
            }
        }
        Random random = new Random(1);
        Set<TestConnection> inside = new HashSet<>();
        all.add(repeat(60, () -> {
            TestConnection guest = guests.get(random.nextInt(guests.size()));
            String type = inside.remove(guest) ? "group.remove" : "group.add";
            if (type.equals("group.add")) {
                inside.add(guest);
            }
            return owner.asking(type, Map.of("conversation", group, "users", List.of(guest.id())));
        }));
        for (Future<?> each : all) {
            await(each);
        }
        long last = owner.say(group, "the end");

        Set<TestConnection> everybody = new HashSet<>(writers);
        everybody.addAll(guests);
        everybody.add(owner);
        for (TestConnection user : everybody) {
            Set<Long> visible = visible(user, group);
            if (visible.isEmpty()) {
                assertThat(user.pushed(group)).isEmpty();
                continue;
            }
            for (long seq : visible) {
                user.receive(group, seq);
            }
            Set<Long> pushed = new TreeSet<>(seqs(user.pushed(group)));
            pushed.removeAll(visible);
            assertThat(pushed).as("pushed, and not to be seen").isEmpty();
        }
        assertThat(last).isEqualTo(1 + 3 * 4 * 40 + 60 + 1);
        assertThat(owner.pushed(group).stream()
                        .map(entry -> entry.get("seq").asLong())
                        .distinct())
                .as("in the order of the log")
                .isSorted();
    }

    @Test
    void push_ofAnEditToAMemberWhoMayNotSeeItsTarget_hasNoText() throws Exception {
        TestConnection owner = node.connect();
        TestConnection old = node.connect();
        TestConnection late = node.connect();
        String group = owner.createGroup(old);
        long seq = owner.say(group, "before");
        owner.ask("group.add", Map.of("conversation", group, "users", List.of(late.id())));
        Map<String, Object> edit = new HashMap<>(LogNode.message(group, LogNode.newClientId(), "after"));
        edit.put("seq", seq);

        long edited = owner.ask("message.edit", edit).get("seq").asLong();

        assertThat(old.receive(group, edited).at("/content/content/text").asText())
                .isEqualTo("after");
        JsonNode bare = late.receive(group, edited);
        assertThat(bare.at("/content/seq").asLong()).isEqualTo(seq);
        assertThat(bare.toString()).doesNotContain("after");
        assertThat(late.ask("entries.read", Map.of("conversation", group, "after", 0))
                        .toString())
                .doesNotContain("before")
                .doesNotContain("after");
    }

    @Test
    void push_ofARemoval_reachesTheRemoved() throws Exception {
        TestConnection owner = node.connect();
        TestConnection guest = node.connect();
        String group = owner.createGroup(guest);
        owner.ask("group.remove", Map.of("conversation", group, "users", List.of(guest.id())));
        assertThat(guest.receive(group, 2).at("/content/change").asText()).isEqualTo("removed");
        owner.say(group, "alone");
        owner.receive(group, 3);
        assertThat(seqs(guest.pushed(group))).containsExactlyInAnyOrder(1L, 2L);
    }

    /** As when a message was stored, and its audience read, between a removal's commit and its push. */
    @Test
    void audienceOfChange_whenTheRosterIsNewerThanTheRemoval_holdsTheRemoved() throws Exception {
        TestConnection owner = node.connect();
        TestConnection guest = node.connect();
        String group = owner.createGroup(guest);
        owner.ask("group.remove", Map.of("conversation", group, "users", List.of(guest.id())));
        owner.say(group, "alone");
        Members members = node.timeline().members();
        assertThat(await(members.recent(LogNode.id(group))).users()).containsExactly(owner.user());

        assertThat(await(members.audienceOfChange(LogNode.id(group), 2)))
                .containsExactlyInAnyOrder(owner.user(), guest.user());
    }

    @Test
    void recent_ofAConversationThatIsOpenedLater_isNotRemembered() throws Exception {
        TestConnection alice = node.connect();
        TestConnection bob = node.connect();
        Members members = node.timeline().members();
        assertThat(await(members.recent(Conversations.directId(alice.user(), bob.user())))
                        .users())
                .isEmpty();

        String talk = alice.openWith(bob);

        assertThat(await(members.recent(LogNode.id(talk))).users()).containsExactlyInAnyOrder(alice.user(), bob.user());
    }

    private interface Asking {
        Future<?> ask();
    }

    private static Future<?> repeat(int times, Asking asking) {
        return times == 0 ? Future.succeededFuture() : asking.ask().compose(done -> repeat(times - 1, asking));
    }

    private static Set<Long> visible(TestConnection user, String group) throws Exception {
        Set<Long> seqs = new HashSet<>();
        long after = 0;
        try {
            while (true) {
                JsonNode page = user.ask("entries.read", Map.of("conversation", group, "after", after, "limit", 100));
                seqs.addAll(seqs(page.get("entries")));
                after = page.get("through").asLong();
                if (after >= page.get("lastSeq").asLong()) {
                    return seqs;
                }
            }
        } catch (RequestRejected never) {
            return seqs;
        }
    }

    private static Set<Long> seqs(Iterable<JsonNode> entries) {
        Set<Long> seqs = new HashSet<>();
        entries.forEach(entry -> seqs.add(entry.get("seq").asLong()));
        return seqs;
    }
}
