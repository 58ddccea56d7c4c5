package im.hongyan.cluster;

import im.hongyan.cluster.NodeStore.LiveNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * Decides whether a node that reaches the database is partitioned from the other nodes. It uses no clock and no
 * network.
 *
 * <p>An unreachable node counts against this one only if it is certainly alive, that is, if it has renewed its row
 * since it fell silent. Otherwise the survivor of two nodes would fence itself when the other one dies.
 */
final class Quorum {
    /** A node that has not acknowledged anything for this long is unreachable. */
    static final long SILENT_MS = 4_000;

    /**
     * The clocks of one check may differ by this much. A row that was renewed within this time after the last ack
     * proves nothing.
     */
    static final long MARGIN_MS = 2_500;

    /**
     * The number of renewals since a node fell silent that prove it alive. A single one may be a statement that the
     * database ran late for a dead node; and the first check after a pause of this node finds all others silent.
     */
    static final int RENEWALS = 2;

    /** The time between two checks: a row that was not renewed ages by at least this much. */
    private static final long CHECK_MS = 1_000;

    /** @param ageMs the age of the node's row at the last check */
    private record SilentNode(long ageMs, int renewals) {}

    private final String self;
    private final Map<String, SilentNode> silentNodes = new HashMap<>();
    private Set<String> unreachable = Set.of();

    Quorum(String self) {
        this.self = self;
    }

    /**
     * Runs one check.
     *
     * @param nodes all live nodes
     * @param silenceMs the time since a node last acknowledged anything
     * @return whether this node reaches only a minority and must fence itself
     */
    boolean mustFence(Collection<LiveNode> nodes, ToLongFunction<String> silenceMs) {
        Set<String> alive = new HashSet<>();
        Set<String> reached = new HashSet<>();
        silentNodes.keySet().retainAll(nodes.stream().map(LiveNode::bootId).toList());
        for (LiveNode node : nodes) {
            long silence = silenceMs.applyAsLong(node.bootId());
            if (silence <= SILENT_MS) {
                silentNodes.remove(node.bootId());
                alive.add(node.bootId());
                reached.add(node.bootId());
            } else if (renewals(node, silence) >= RENEWALS) {
                alive.add(node.bootId());
            }
            // Otherwise the state is unknown: the node may have just died.
        }
        Set<String> missing = new HashSet<>(alive);
        missing.removeAll(reached);
        unreachable = Set.copyOf(missing);
        return isMinority(self, alive, reached);
    }

    private int renewals(LiveNode node, long silence) {
        SilentNode before = silentNodes.getOrDefault(node.bootId(), new SilentNode(Long.MAX_VALUE / 2, 0));
        boolean renewed = silence - node.ageMs() > MARGIN_MS && node.ageMs() < before.ageMs + CHECK_MS;
        SilentNode now = new SilentNode(node.ageMs(), before.renewals + (renewed ? 1 : 0));
        silentNodes.put(node.bootId(), now);
        return now.renewals;
    }

    /** The nodes that were certainly alive and unreachable at the last check. */
    Set<String> unreachable() {
        return unreachable;
    }

    /**
     * Whether a node that reaches {@code reached} is in the minority: fewer than half of the nodes alive, or exactly
     * half without the oldest one (boot ids grow with time).
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
