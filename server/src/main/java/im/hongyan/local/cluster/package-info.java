/**
 * {@code scripts/cluster}: nodes as processes on this machine behind a balancer, and a live view of them. It uses
 * nodes only as an operator does: through their settings, signals, health checks and metrics.
 *
 * <p>All ports follow from the HTTP port p: the balancer has p, node i has p + i for HTTP, and p + i + 1000, 2000 and
 * 3000 for its private port, Hazelcast and the event bus.
 */
package im.hongyan.local.cluster;
