package im.hongyan.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.cluster.NodeStore.LiveNode;
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
    /** Nodes are letters, oldest first. "B" is this node. */
    @ParameterizedTest(name = "of {0} B reaches {1}: minority {2}")
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
    void isMinority_fewerThanHalfOrHalfWithoutOldest_isTrue(String alive, String reached, boolean minority) {
        assertThat(Quorum.isMinority("B", letters(alive), letters(reached))).isEqualTo(minority);
    }

    /** However the cluster is partitioned, at most one side keeps running. */
    @Property
    void isMinority_anyPartition_atMostOneSideRemains(
            @ForAll @IntRange(min = 1, max = 8) int count, @ForAll long parts) {
        Map<Integer, Set<String>> sides = new HashMap<>();
        Set<String> all = new HashSet<>();
        for (int i = 0; i < count; i++) {
            String node = String.valueOf((char) ('A' + i));
            all.add(node);
            sides.computeIfAbsent((int) (parts >> (2 * i)) & 3, side -> new HashSet<>())
                    .add(node);
        }
        long remaining = sides.values().stream()
                .filter(side -> side.stream().noneMatch(node -> Quorum.isMinority(node, all, side)))
                .count();

        assertThat(remaining).isLessThanOrEqualTo(1);
        sides.values().forEach(side -> assertThat(side.stream()
                        .map(node -> Quorum.isMinority(node, all, side))
                        .distinct())
                .as("nodes of one side decide the same")
                .hasSize(1));
    }

    @Test
    void mustFence_firstCheck_isFalse() {
        Quorum quorum = new Quorum("B");
        List<LiveNode> nodes = nodes("A", 500, "B", 0, "C", 500);

        assertThat(quorum.mustFence(nodes, node -> 9_000)).isFalse();
        assertThat(quorum.mustFence(nodes, node -> 11_000)).isTrue();
    }

    @Test
    void mustFence_afterGoodCheck_startsOver() {
        Quorum quorum = new Quorum("B");
        List<LiveNode> nodes = nodes("A", 500, "B", 0, "C", 500);

        assertThat(quorum.mustFence(nodes, node -> 9_000)).isFalse();
        assertThat(quorum.mustFence(nodes, node -> 100)).isFalse();
        assertThat(quorum.mustFence(nodes, node -> 9_000)).isFalse();
    }

    /** The node renewed its row just before it fell silent: it is dead, and the survivor keeps running. */
    @Test
    void mustFence_otherNodeDied_isFalse() {
        Quorum quorum = new Quorum("B");
        for (long silence = 0; silence < 20_000; silence += 500) {
            long silent = silence;
            assertThat(quorum.mustFence(nodes("A", silence + 1_500, "B", 0), node -> silent))
                    .isFalse();
        }
    }

    /** The database runs a statement late that the dead node had sent before. */
    @Test
    void mustFence_lateRenewalOfDeadNode_isFalse() {
        Quorum quorum = new Quorum("B");
        for (long since = 0; since < 8_000; since += 2_000) {
            long late = since;
            assertThat(quorum.mustFence(nodes("A", late + 300, "B", 0), node -> node.equals("A") ? 9_000 + late : 0))
                    .isFalse();
        }
        assertThat(quorum.unreachable()).isEmpty();
    }

    @Test
    void unreachable_liveNode_isListedUntilItAnswers() {
        Quorum quorum = new Quorum("A");
        List<LiveNode> nodes = nodes("A", 0, "B", 500, "C", 500);
        quorum.mustFence(nodes, node -> node.equals("B") ? 9_000 : 0);
        quorum.mustFence(nodes, node -> node.equals("B") ? 11_000 : 0);
        assertThat(quorum.unreachable()).containsExactly("B");

        quorum.mustFence(nodes, node -> 0);
        assertThat(quorum.unreachable()).isEmpty();
    }

    private static List<LiveNode> nodes(Object... idsAndAges) {
        List<LiveNode> nodes = new ArrayList<>();
        for (int i = 0; i < idsAndAges.length; i += 2) {
            nodes.add(new LiveNode(
                    (String) idsAndAges[i], "127.0.0.1:1", ((Number) idsAndAges[i + 1]).longValue(), Set.of()));
        }
        return nodes;
    }

    private static Set<String> letters(String text) {
        return text == null ? Set.of() : new HashSet<>(Arrays.asList(text.split("")));
    }
}
