package im.hongyan.local.cluster;

import java.util.Locale;

/**
 * The status of a node at one moment.
 *
 * @param boot the last characters of the boot id; "" while unknown
 * @param stored entries per second
 * @param sent frames per second
 * @param busMs mean latency from node to node; negative if there was no traffic
 * @param cpu usage of all cores, from 0 to 1
 */
record NodeStatus(
        State state, String boot, long sockets, double stored, double sent, double busMs, double cpu, long heapBytes) {
    private static final int BOOT_SHOWN = 8;

    enum State {
        STARTING,
        READY,
        DRAINING,
        FENCED,
        /** The process runs but its private port does not answer. */
        SILENT,
        DOWN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static NodeStatus without(State state) {
        return new NodeStatus(state, "", 0, 0, 0, -1, 0, 0);
    }

    /** @param seconds between the two snapshots */
    static NodeStatus of(State state, MetricsSnapshot now, MetricsSnapshot before, double seconds) {
        String boot = now.label("hongyan_node", "boot").orElse("");
        return new NodeStatus(
                state,
                boot.substring(Math.max(0, boot.length() - BOOT_SHOWN)),
                (long) now.sum("hongyan_sockets"),
                growth("hongyan_log_batch_size_sum", now, before) / seconds,
                growth("hongyan_frames_sent_total", now, before) / seconds,
                mean("hongyan_cluster_ping_duration_seconds", now, before) * 1000,
                now.sum("process_cpu_usage"),
                (long) now.sum("jvm_memory_used_bytes", "area=\"heap\""));
    }

    private static double mean(String timer, MetricsSnapshot now, MetricsSnapshot before) {
        double count = growth(timer + "_count", now, before);
        return count == 0 ? -1 : growth(timer + "_sum", now, before) / count;
    }

    private static double growth(String name, MetricsSnapshot now, MetricsSnapshot before) {
        // Counters restart at 0 with the node.
        return before.samples().isEmpty() ? 0 : Math.max(0, now.sum(name) - before.sum(name));
    }
}
