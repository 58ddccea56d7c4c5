package im.hongyan.local.cluster;

import java.util.List;

/** The four ports of a node. */
record NodePorts(int http, int admin, int hazelcast, int bus) {
    /** @param base the balancer's port */
    static NodePorts of(int base, int number) {
        int http = base + number;
        return new NodePorts(http, http + 1000, http + 2000, http + 3000);
    }

    List<Integer> all() {
        return List.of(http, admin, hazelcast, bus);
    }
}
