package im.hongyan.delivery;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who should go when two nodes do not reach each other, though others reach both. Each node writes into its row whom it
 * does not reach; so all see the same, and come to the same result.
 */
final class PartitionResolver {
    private PartitionResolver() {}

    /**
     * The nodes to do without, so that all that stay reach each other: again and again whoever is out of reach for most, of
     * several the youngest (boot ids grow with time). So one that nobody reaches does not drive out the others.
     *
     * @param unreached for each node whom it does not reach; it is enough if one of two says so
     */
    static Set<String> withoutWhom(Map<String, ? extends Collection<String>> unreached) {
        Map<String, Set<String>> apart = new TreeMap<>();
        unreached.forEach((node, others) -> others.stream()
                .filter(other -> unreached.containsKey(other) && !other.equals(node))
                .forEach(other -> {
                    apart.computeIfAbsent(node, none -> new HashSet<>()).add(other);
                    apart.computeIfAbsent(other, none -> new HashSet<>()).add(node);
                }));
        Set<String> going = new TreeSet<>();
        while (!apart.isEmpty()) {
            String worst = apart.keySet().stream()
                    .max(Comparator.<String>comparingInt(node -> apart.get(node).size())
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            going.add(worst);
            apart.remove(worst).forEach(other -> apart.get(other).remove(worst));
            apart.values().removeIf(Set::isEmpty);
        }
        return going;
    }
}
