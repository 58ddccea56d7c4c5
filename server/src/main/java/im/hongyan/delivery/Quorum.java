package im.hongyan.delivery;

import im.hongyan.delivery.NodeStore.LiveNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * Whether a node that can ask the database is cut off from the other nodes. It knows no clock and no bus.
 *
 * <p>A node that is out of reach counts against this one only if it is surely alive: it has renewed its row since it went
 * silent. So of two nodes the one that survives the other does not take itself for the one that is cut off.
 */
final class Quorum {
    /** A node that has given no receipt for so long is out of reach. */
    static final long SILENT_MS = 4_000;

    /** How far the clocks of a look may be apart: a row that was renewed so shortly after the last receipt proves nothing. */
    static final long MARGIN_MS = 2_500;

    /**
     * Renewals since it fell silent that prove that a node lives. One may be a statement that the database ran late for a
     * node that is dead; and the first look after a pause of this node finds everybody silent.
     */
    static final int RENEWALS = 2;

    /** A row's age grows by this between two looks, and by more, if it was not renewed. */
    private static final long LOOK_MS = 1_000;

    /** @param ageMs of its row at the last look */
    private record SilentNode(long ageMs, int renewals) {}

    private final String self;
    private final Map<String, SilentNode> silent = new HashMap<>();
    private Set<String> outOfReach = Set.of();

    Quorum(String self) {
        this.self = self;
    }

    /**
     * Takes one look.
     *
     * @param up all nodes that have renewed their rows lately
     * @param silenceMs for how long a node has given no receipt
     * @return whether this node is cut off
     */
    boolean isCutOff(Collection<LiveNode> up, ToLongFunction<String> silenceMs) {
        Set<String> alive = new HashSet<>();
        Set<String> reached = new HashSet<>();
        silent.keySet().retainAll(up.stream().map(LiveNode::bootId).toList());
        for (LiveNode node : up) {
            long silence = silenceMs.applyAsLong(node.bootId());
            if (silence <= SILENT_MS) {
                silent.remove(node.bootId());
                alive.add(node.bootId());
                reached.add(node.bootId());
            } else if (renewals(node, silence) >= RENEWALS) {
                alive.add(node.bootId());
            }
            // Otherwise nobody knows yet: perhaps it has just died.
        }
        Set<String> lacking = new HashSet<>(alive);
        lacking.removeAll(reached);
        outOfReach = Set.copyOf(lacking);
        return isMinority(self, alive, reached);
    }

    private int renewals(LiveNode node, long silence) {
        SilentNode before = silent.getOrDefault(node.bootId(), new SilentNode(Long.MAX_VALUE / 2, 0));
        boolean renewed = silence - node.ageMs() > MARGIN_MS && node.ageMs() < before.ageMs + LOOK_MS;
        SilentNode now = new SilentNode(node.ageMs(), before.renewals + (renewed ? 1 : 0));
        silent.put(node.bootId(), now);
        return now.renewals;
    }

    /** Nodes that surely live and that the last look found out of reach. */
    Set<String> outOfReach() {
        return outOfReach;
    }

    /**
     * Whether a node that reaches these is on the smaller side: fewer than half of those alive, or half of them without the
     * oldest (boot ids grow with time).
     */
    static boolean isMinority(String self, Set<String> alive, Set<String> reached) {
        TreeSet<String> all = new TreeSet<>(alive);
        all.add(self);
        TreeSet<String> side = new TreeSet<>(reached);
        side.retainAll(alive);
        side.add(self);
        return 2 * side.size() < all.size()
                || (2 * side.size() == all.size() && !side.first().equals(all.first()));
    }
}
