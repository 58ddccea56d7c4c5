package im.hongyan.gateway;

import java.util.Set;
import java.util.function.Predicate;

/**
 * The gateway's part of the settings.
 *
 * @param host,port the address to listen on; port 0 picks a free one
 * @param origins web origins that may connect, besides the server's own
 * @param trustedProxy whether {@code X-Forwarded-*} headers from an address are trusted
 */
public record GatewayOptions(
        String host,
        int port,
        Set<String> origins,
        Predicate<String> trustedProxy,
        GatewayLimits limits,
        Heartbeat heartbeat) {}
