package im.hongyan.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionResolverTest {
    /** Nodes are letters, oldest first; each word is a node followed by the nodes that it cannot reach. */
    @ParameterizedTest(name = "{0}: evicts {1}")
    @CsvSource(
            nullValues = "-",
            value = {
                "A B C,          -",
                "A BC CB,        C",
                "A BC C,         C",
                "A B CB,         C",
                "ABC BA CA,      A",
                "A BCD CB DB,    B",
                "AB BA,          B",
                "ACD BCD CAB DAB, CD",
                "ACDE BCDE CAB DAB EAB, AB",
                "AX B,           -",
            })
    void nodesToEvict_returnsLeastConnectedThenNewest(String words, String evicted) {
        Map<String, Set<String>> unreached = new HashMap<>();
        for (String word : words.split(" ", -1)) {
            unreached.put(word.substring(0, 1), letters(word.substring(1)));
        }

        assertThat(PartitionResolver.nodesToEvict(unreached)).isEqualTo(letters(evicted == null ? "" : evicted));
    }

    @Property
    void nodesToEvict_anyConnections_remainingNodesReachEachOther(
            @ForAll @IntRange(min = 1, max = 7) int count, @ForAll long unreachedBits) {
        Map<String, Set<String>> unreached = new HashMap<>();
        for (int i = 0; i < count; i++) {
            Set<String> others = new HashSet<>();
            for (int j = 0; j < count; j++) {
                if (i != j && (unreachedBits >> (i * count + j) & 1) != 0) {
                    others.add(node(j));
                }
            }
            unreached.put(node(i), others);
        }

        Set<String> remaining = new TreeSet<>(unreached.keySet());
        remaining.removeAll(PartitionResolver.nodesToEvict(unreached));

        assertThat(remaining).isNotEmpty().allSatisfy(node -> assertThat(unreached.get(node))
                .doesNotContainAnyElementsOf(remaining));
    }

    private static String node(int number) {
        return String.valueOf((char) ('A' + number));
    }

    private static Set<String> letters(String text) {
        return text.chars().mapToObj(Character::toString).collect(Collectors.toCollection(TreeSet::new));
    }
}
