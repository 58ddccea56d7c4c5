package im.hongyan.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.NodeStore.LiveNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumTest {
    /** Nodes have letters, the oldest first. "B" is this one. */
    @ParameterizedTest(name = "of {0} B reaches {1}: cut off {2}")
    @CsvSource(
            nullValues = "-",
            value = {
                "B,    -,   false",
                "AB,   A,   false",
                "AB,   -,   true",
                "BC,   -,   false",
                "ABC,  A,   false",
                "ABC,  C,   false",
                "ABC,  -,   true",
                "ABCD, A,   false",
                "ABCD, C,   true",
                "ABCD, -,   true",
                "BCDE, C,   false",
                "ABCDE, CD, false",
                "ABCDE, C,  true",
            })
    void fewerThanHalf_orHalfWithoutTheOldest_isCutOff(String alive, String reached, boolean cutOff) {
        assertThat(Quorum.isMinority("B", letters(alive), letters(reached))).isEqualTo(cutOff);
    }

    /** However the nodes are torn apart, at most one part goes on. */
    @Property
    void ofAllParts_atMostOneGoesOn(@ForAll @IntRange(min = 1, max = 8) int count, @ForAll long parts) {
        Map<Integer, Set<String>> sides = new HashMap<>();
        Set<String> all = new HashSet<>();
        for (int i = 0; i < count; i++) {
            String node = String.valueOf((char) ('A' + i));
            all.add(node);
            sides.computeIfAbsent((int) (parts >> (2 * i)) & 3, side -> new HashSet<>())
                    .add(node);
        }
        long goOn = sides.values().stream()
                .filter(side -> side.stream().noneMatch(node -> Quorum.isMinority(node, all, side)))
                .count();

        assertThat(goOn).isLessThanOrEqualTo(1);
        sides.values().forEach(side -> assertThat(side.stream()
                        .map(node -> Quorum.isMinority(node, all, side))
                        .distinct())
                .as("those who are together decide the same")
                .hasSize(1));
    }

    @Test
    void oneLook_isNotEnough() {
        Quorum quorum = new Quorum("B");
        List<LiveNode> up = up("A", 500, "B", 0, "C", 500);

        assertThat(quorum.isCutOff(up, node -> 9_000)).isFalse();
        assertThat(quorum.isCutOff(up, node -> 11_000)).isTrue();
    }

    @Test
    void oneGoodLook_beginsAnew() {
        Quorum quorum = new Quorum("B");
        List<LiveNode> up = up("A", 500, "B", 0, "C", 500);

        assertThat(quorum.isCutOff(up, node -> 9_000)).isFalse();
        assertThat(quorum.isCutOff(up, node -> 100)).isFalse();
        assertThat(quorum.isCutOff(up, node -> 9_000)).isFalse();
    }

    /** It renewed its row for the last time just before it fell silent: it is dead, and the survivor goes on. */
    @Test
    void nodeThatDied_doesNotCount() {
        Quorum quorum = new Quorum("B");
        for (long silence = 0; silence < 20_000; silence += 500) {
            long silent = silence;
            assertThat(quorum.isCutOff(up("A", silence + 1_500, "B", 0), node -> silent))
                    .isFalse();
        }
    }

    /** The database was asked by it before it died, and did it only now. */
    @Test
    void lateStatementOfADeadNode_provesNothing() {
        Quorum quorum = new Quorum("B");
        for (long since = 0; since < 8_000; since += 2_000) {
            long late = since;
            assertThat(quorum.isCutOff(up("A", late + 300, "B", 0), node -> node.equals("A") ? 9_000 + late : 0))
                    .isFalse();
        }
        assertThat(quorum.outOfReach()).isEmpty();
    }

    @Test
    void nodeThatLives_isOutOfReach_untilItAnswers() {
        Quorum quorum = new Quorum("A");
        List<LiveNode> up = up("A", 0, "B", 500, "C", 500);
        quorum.isCutOff(up, node -> node.equals("B") ? 9_000 : 0);
        quorum.isCutOff(up, node -> node.equals("B") ? 11_000 : 0);
        assertThat(quorum.outOfReach()).containsExactly("B");

        quorum.isCutOff(up, node -> 0);
        assertThat(quorum.outOfReach()).isEmpty();
    }

    private static List<LiveNode> up(Object... nodes) {
        List<LiveNode> up = new ArrayList<>();
        for (int i = 0; i < nodes.length; i += 2) {
            up.add(new LiveNode((String) nodes[i], "127.0.0.1:1", ((Number) nodes[i + 1]).longValue(), Set.of()));
        }
        return up;
    }

    private static Set<String> letters(String text) {
        return text == null ? Set.of() : new HashSet<>(Arrays.asList(text.split("")));
    }
}
