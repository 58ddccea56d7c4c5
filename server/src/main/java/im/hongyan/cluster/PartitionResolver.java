package im.hongyan.cluster;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which nodes must leave when two nodes cannot reach each other although others reach both. Every node writes
 * the nodes that it cannot reach into its row, so all nodes see the same data and reach the same decision.
 */
final class PartitionResolver {
    private PartitionResolver() {}

    /**
     * Greedily evicts the least-connected node (the newest on ties; boot ids grow with time) until the remaining nodes
     * are fully connected. A node that nobody can reach therefore cannot evict the others.
     *
     * @param unreached the nodes that each node cannot reach; one of two nodes reporting the other is enough
     */
    static Set<String> nodesToEvict(Map<String, ? extends Collection<String>> unreached) {
        Map<String, Set<String>> disconnected = new TreeMap<>();
        unreached.forEach((node, others) -> others.stream()
                .filter(other -> unreached.containsKey(other) && !other.equals(node))
                .forEach(other -> {
                    disconnected.computeIfAbsent(node, none -> new HashSet<>()).add(other);
                    disconnected.computeIfAbsent(other, none -> new HashSet<>()).add(node);
                }));
        Set<String> evicted = new TreeSet<>();
        while (!disconnected.isEmpty()) {
            String worst = disconnected.keySet().stream()
                    .max(Comparator.<String>comparingInt(
                                    node -> disconnected.get(node).size())
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            evicted.add(worst);
            disconnected.remove(worst).forEach(other -> disconnected.get(other).remove(worst));
            disconnected.values().removeIf(Set::isEmpty);
        }
        return evicted;
    }
}
