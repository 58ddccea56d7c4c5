package im.hongyan.loadtest.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RandomGroupsTest {
    /** A user in no group shares no conversation, so no client could say whether the user is online. */
    @Property
    void groups_areOfDifferentPeople_andLeaveNobodyOut(
            @ForAll @IntRange(min = 1, max = 60) int count,
            @ForAll @IntRange(min = 1, max = 20) int groups,
            @ForAll @IntRange(min = 1, max = 8) int size,
            @ForAll long seed) {
        List<Integer> users = IntStream.range(0, count).boxed().toList();

        List<List<Integer>> dealt = RandomGroups.groups(users, groups, size, new Random(seed));

        assertThat(dealt)
                .hasSize(groups)
                .allSatisfy(group -> assertThat(group).doesNotHaveDuplicates().hasSize(Math.min(size, count)));
        if (groups * size >= count) {
            assertThat(dealt.stream().flatMap(List::stream)).containsAll(users);
        }
    }
}
