package im.hongyan.loadtest.experiment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Deals users into random groups, like cards, so that no user is left out while others are in two groups. */
final class RandomGroups {
    private RandomGroups() {}

    /** @return groups of {@code size} different users, or of all users if there are fewer */
    static <T> List<List<T>> groups(Collection<T> users, int count, int size, Random random) {
        Deque<T> deck = new ArrayDeque<>();
        List<List<T>> groups = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Set<T> group = new LinkedHashSet<>();
            while (group.size() < Math.min(size, users.size())) {
                if (deck.isEmpty()) {
                    List<T> shuffled = new ArrayList<>(users);
                    Collections.shuffle(shuffled, random);
                    deck.addAll(shuffled);
                }
                group.add(deck.poll());
            }
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
