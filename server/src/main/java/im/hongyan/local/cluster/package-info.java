/**
 * {@code scripts/cluster}: nodes as processes of this machine behind a balancer, and a live view of them. It knows nodes as an
 * operator does, by their settings, signals, health and metrics, and nothing of their code.
 *
 * <p>Ports follow from the HTTP port p: the balancer has p, node i has p + i, and 1000, 2000 and 3000 above that its private
 * port, Hazelcast and the event bus.
 */
package im.hongyan.local.cluster;
