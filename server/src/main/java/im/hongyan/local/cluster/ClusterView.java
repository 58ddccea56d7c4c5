package im.hongyan.local.cluster;

import java.util.List;
import java.util.Locale;

/** The state of a local cluster at one moment, formatted for the terminal. */
public record ClusterView(List<Line> nodes, String balancer) {
    /** One node. */
    record Line(String name, long pid, int port, NodeStatus status) {
        private static final String FORMAT = "  %-6s %8s %6s  %-8s  %-8s %8s %9s %9s %9s %5s %8s";

        static String header() {
            return String.format(
                    Locale.ROOT,
                    FORMAT,
                    "node",
                    "process",
                    "port",
                    "boot",
                    "state",
                    "sockets",
                    "stored/s",
                    "sent/s",
                    "bus lag",
                    "cpu",
                    "heap");
        }

        @Override
        public String toString() {
            NodeStatus now = status;
            boolean counts = !now.boot().isEmpty();
            return String.format(
                            Locale.ROOT,
                            FORMAT,
                            name,
                            pid,
                            port,
                            now.boot(),
                            now.state(),
                            counts ? now.sockets() : "",
                            counts ? rate(now.stored()) : "",
                            counts ? rate(now.sent()) : "",
                            now.busMs() < 0 ? "" : String.format(Locale.ROOT, "%.1f ms", now.busMs()),
                            counts ? Math.round(now.cpu() * 100) + "%" : "",
                            counts ? (now.heapBytes() >> 20) + " MB" : "")
                    .stripTrailing();
        }

        private static String rate(double perSecond) {
            return String.format(Locale.ROOT, perSecond < 100 ? "%.1f" : "%.0f", perSecond);
        }
    }

    public ClusterView {
        nodes = List.copyOf(nodes);
    }

    /** Header and one line for each node. */
    public String table() {
        StringBuilder table = new StringBuilder(Line.header()).append('\n');
        nodes.forEach(node -> table.append(node).append('\n'));
        return table.toString();
    }

    /** A line with the totals of all nodes. */
    public String total() {
        long ready = nodes.stream()
                .filter(node -> node.status.state() == NodeStatus.State.READY)
                .count();
        return String.format(
                Locale.ROOT,
                "%d of %d nodes ready, balancer %s, %d sockets, %.1f stored/s, %.1f sent/s",
                ready,
                nodes.size(),
                balancer,
                nodes.stream().mapToLong(node -> node.status.sockets()).sum(),
                nodes.stream().mapToDouble(node -> node.status.stored()).sum(),
                nodes.stream().mapToDouble(node -> node.status.sent()).sum());
    }

    /** The nodes whose state has changed. */
    List<Line> changedSince(ClusterView before) {
        return nodes.stream()
                .filter(node -> before.nodes.stream()
                        .noneMatch(old -> old.name.equals(node.name) && old.status.state() == node.status.state()))
                .toList();
    }
}
