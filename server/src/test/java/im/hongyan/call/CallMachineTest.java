package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each state of a call with each command; the table is in {@code call-machine.txt}. */
class CallMachineTest {
    /** The steps that lead to each state of the table. */
    static final Map<String, String[]> STATES = states();

    static final List<String> COMMANDS = List.of(
            "A calls direct B",
            "A2 calls direct B",
            "B calls direct A",
            "C calls direct A",
            "A accepts",
            "B accepts",
            "B2 accepts",
            "A joins",
            "A2 joins",
            "B joins",
            "B2 joins",
            "D joins",
            "A2 resumes A",
            "B2 resumes B",
            "B2 resumes A",
            "B resumes D",
            "B confirms",
            "B declines",
            "A declines",
            "A leaves",
            "A2 leaves",
            "B leaves",
            "D leaves",
            "A dropped",
            "B dropped",
            "A out",
            "B out",
            "D out",
            "A disconnects",
            "B disconnects",
            "B2 disconnects",
            "node dies",
            "leases expire",
            "A rings D",
            "B rings C D",
            "A finds-busy D",
            "D rings E",
            "A removes B",
            "B removes A",
            "A removes D",
            "A ends",
            "B ends",
            "A shares",
            "B shares",
            "D shares",
            "A fails-with B",
            "A fails-with D",
            "wait 0",
            "wait 24",
            "wait 59",
            "wait 60",
            "grace restarts",
            "it fails");

    private static Map<String, String[]> states() {
        Map<String, String[]> states = new LinkedHashMap<>();
        states.put("direct, ringing", new String[] {"A calls direct B"});
        states.put("direct, active", new String[] {"A calls direct B", "B accepts"});
        states.put("direct, B reconnecting", new String[] {"A calls direct B", "B accepts", "B disconnects"});
        states.put("direct, all failed", new String[] {"A calls direct B", "B accepts", "A fails-with B"});
        states.put("direct, ended", new String[] {"A calls direct B", "B declines"});
        states.put("group, ringing", new String[] {"A calls group B C"});
        states.put("group, silent", new String[] {"A calls group"});
        states.put("group, active", new String[] {"A calls group B C", "B accepts", "B shares"});
        states.put("group, full", new String[] {"A calls group B C", "B accepts", "C accepts"});
        states.put("group, A alone", new String[] {"A calls group B", "B accepts", "B leaves"});
        states.put("group, B removed", new String[] {"A calls group B C", "B accepts", "C accepts", "A removes B"});
        return states;
    }

    static List<String> lines() throws IOException {
        try (InputStream in = Objects.requireNonNull(CallMachineTest.class.getResourceAsStream("call-machine.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }

    static Stream<Arguments> rows() throws IOException {
        List<Arguments> rows = new ArrayList<>();
        String state = null;
        for (String line : lines()) {
            if (line.startsWith("[")) {
                state = line.substring(1, line.length() - 1);
            } else {
                String[] parts = line.split("\\|", 2);
                rows.add(Arguments.of(state, parts[0].strip(), parts[1].strip()));
            }
        }
        return rows.stream();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("rows")
    void command_inState_hasTheResultOfTheTable(String state, String command, String result) {
        assertThat(RoomScript.of(STATES.get(state)).apply(command)).isEqualTo(result);
    }

    @Test
    void table_isComplete() throws IOException {
        List<String> rows =
                rows().map(row -> row.get()[0] + ": " + row.get()[1]).toList();
        List<String> all = STATES.keySet().stream()
                .flatMap(state -> COMMANDS.stream().map(command -> state + ": " + command))
                .toList();
        assertThat(rows).isEqualTo(all);
    }

    @Test
    void longCall_needsNoTimers() {
        RoomScript script = RoomScript.of("A calls direct B", "B accepts");
        for (int minute = 0; minute < 5 * 60; minute++) {
            script.apply("wait 60");
        }
        assertThat(script.room().inCall()).hasSize(2);
        assertThat(script.apply("A leaves")).isEqualTo("completed (left)");
        assertThat(script.room().seconds()).isEqualTo(5 * 60 * 60);
    }

    @Test
    void declinedUser_isRungAfterAMinute() {
        RoomScript script = RoomScript.of("A calls group B C", "C accepts", "B declines");
        script.apply("wait 31");
        assertThat(script.apply("A rings B")).isEqualTo("call.ring_rate");
        script.apply("wait 30");
        assertThat(script.apply("A rings B")).isEqualTo("A*, C, B invited");
    }

    @Test
    void removedUser_joinsAfterANewRing() {
        RoomScript script = RoomScript.of("A calls group B C", "B accepts", "C accepts", "A removes B");
        assertThat(script.apply("B joins")).isEqualTo("call.removed");
        script.apply("wait 31");
        script.apply("A rings B");
        assertThat(script.apply("B joins")).contains("A*, ").contains(", B");
    }

    /** The roster of a room that many users enter and leave stays small. */
    @Test
    void repeatedJoinsAndLeaves_areBounded() {
        RoomScript script = RoomScript.of("A calls group B", "B accepts");
        for (int i = 0; i < 1_000; i++) {
            script.apply("C joins");
            script.apply("C leaves");
        }
        assertThat(script.room().participants()).hasSizeLessThanOrEqualTo(2 + CallRules.MAX_DEPARTED);
        assertThat(script.room().history().joined()).hasSize(3);
    }

    @Test
    void participants_areThoseWhoJoinedAndConnected() {
        RoomScript script =
                RoomScript.of("A calls group B C", "B accepts", "C accepts", "A fails-with C", "B fails-with C");
        script.apply("A ends");
        assertThat(script.describe()).isEqualTo("completed (ended_by_host)");
        assertThat(script.room().history().participants()).containsExactly(RoomScript.user("A"), RoomScript.user("B"));
    }

    @Test
    void restoredRoom_admitsOnlyKnownParticipantsForThreeSeconds() {
        CallRoom known = RoomScript.of("A calls group B C", "B accepts").room();
        CallMachine machine = new CallMachine(RoomScript.RULES);
        long now = RoomScript.START + 10_000;
        CallRoom restored = machine.apply(null, new CallCommand.Restore(known, "node"), Set.of(), now)
                .room();
        assertThat(restored.inCall().map(one -> one.seat().id()).toList())
                .isEqualTo(known.inCall().map(one -> one.seat().id()).toList());
        assertThat(restored.revision()).isGreaterThan(known.revision() + 100);
        CallCommand join = new CallCommand.Join(
                RoomScript.caller("D"), ParticipantId.next(), new MediaState(true, true, false, false));
        assertThat(machine.apply(restored, join, Set.of(), now + 2_999)
                        .refusal()
                        .reason())
                .isEqualTo("call.recovering");
        assertThat(machine.apply(restored, join, Set.of(), now + 3_000).refusal())
                .isNull();
    }

    /** The node that restored the room had seen neither C enter nor D removed. */
    @Test
    void restoredRoom_getsWhatAnotherNodeKnows() {
        RoomScript script = RoomScript.of("A calls group B C D", "B accepts", "D accepts");
        CallRoom older = script.room();
        script.apply("A removes D");
        script.apply("C accepts");
        CallRoom known = script.room();
        CallMachine machine = new CallMachine(RoomScript.RULES);
        CallRoom restored = machine.apply(null, new CallCommand.Restore(older, "another"), Set.of(), RoomScript.START)
                .room();
        CallCommand drop = new CallCommand.Drop(RoomScript.user("D"), CallReason.LEFT);
        restored = machine.apply(restored, drop, Set.of(), RoomScript.START).room();
        CallCommand restore = new CallCommand.Restore(known, "node");

        CallRoom merged =
                machine.apply(restored, restore, Set.of(), RoomScript.START).room();

        assertThat(merged.inCall().map(Participant::user))
                .containsExactlyInAnyOrder(RoomScript.user("A"), RoomScript.user("B"), RoomScript.user("C"));
        assertThat(merged.history().participants())
                .containsExactlyInAnyOrder(
                        RoomScript.user("A"), RoomScript.user("B"), RoomScript.user("C"), RoomScript.user("D"));
        assertThat(merged.history().removed()).containsExactly(RoomScript.user("D"));
        assertThat(machine.apply(restored, restore, Set.of(), RoomScript.START + 3_000)
                        .room())
                .isSameAs(restored);
    }
}
