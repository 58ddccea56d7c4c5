package im.hongyan.gateway;

import java.util.Set;
import java.util.function.Predicate;

/**
 * What the gateway needs to know of the settings.
 *
 * @param host,port where it listens
 * @param origins web origins that may connect besides the server's own
 * @param trustedProxy whether {@code X-Forwarded-*} from an address counts
 * @param unlimited whether an address is free of the limits per address
 * @param concurrentRequestsPerSocket unanswered requests of a socket; then it is not read
 * @param concurrentRequestsPerUser requests of a person, of all sockets on this node, that are worked on at a time
 * @param heartbeat how patient it is
 */
public record GatewayOptions(
        String host,
        int port,
        Set<String> origins,
        Predicate<String> trustedProxy,
        Predicate<String> unlimited,
        int framesPerSecond,
        int frameBurst,
        int concurrentRequestsPerSocket,
        int concurrentRequestsPerUser,
        int socketsPerAddress,
        int socketsPerNode,
        Heartbeat heartbeat) {}
