package im.hongyan.gateway;

import im.hongyan.protocol.FrameLimit;
import java.util.function.Predicate;

/**
 * The limits of connections, sockets and requests.
 *
 * @param exemptAddress whether an address is exempt from {@code socketsPerAddress}
 * @param connectionsPerAddress TCP connections of an address, whatever they are used for
 * @param connectionsPerNode TCP connections of the public port
 * @param frames the rate limit of a socket, for all frame types without a limit of their own
 * @param framesPerUser the same for all sockets of a user on this node
 * @param concurrentRequestsPerSocket unanswered requests of a socket; with more, the socket is not read
 * @param concurrentRequestsPerUser concurrent requests of a user on all of the user's sockets on this node
 */
public record GatewayLimits(
        Predicate<String> exemptAddress,
        FrameLimit frames,
        FrameLimit framesPerUser,
        int concurrentRequestsPerSocket,
        int concurrentRequestsPerUser,
        int socketsPerAddress,
        int socketsPerNode,
        int connectionsPerAddress,
        int connectionsPerNode) {}
