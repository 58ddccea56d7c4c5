package im.hongyan.protocol;

import io.netty.util.NetUtil;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Predicate;

/** Finds the client address of a request, for rate limits. */
public final class ClientAddress {
    private ClientAddress() {}

    /** Whether the client uses TLS, as far as the peer or a trusted proxy says so. */
    public static boolean isHttps(HttpServerRequest request, Predicate<String> trustedProxy) {
        return request.isSSL()
                || (isFromProxy(request, trustedProxy)
                        && "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto")));
    }

    /** Whether the peer is a trusted proxy. */
    public static boolean isFromProxy(HttpServerRequest request, Predicate<String> trustedProxy) {
        return request.remoteAddress() != null
                && request.remoteAddress().hostAddress() != null
                && trustedProxy.test(request.remoteAddress().hostAddress());
    }

    /**
     * Returns the address of the peer. If the peer is a trusted proxy, returns the last address in {@code
     * X-Forwarded-For} that is not a trusted proxy itself. Addresses before that one may be forged.
     */
    public static String of(HttpServerRequest request, Predicate<String> trustedProxy) {
        String address = request.remoteAddress() == null
                ? "unknown"
                : request.remoteAddress().hostAddress();
        List<String> headers = request.headers().getAll("X-Forwarded-For");
        if (headers.isEmpty() || !trustedProxy.test(address)) {
            return address;
        }
        String[] hops = String.join(",", headers).split(",", -1);
        for (int i = hops.length - 1; i >= 0; i--) {
            String hop = hops[i].trim();
            if (!NetUtil.isValidIpV4Address(hop) && !NetUtil.isValidIpV6Address(hop)) {
                return address;
            }
            address = hop;
            if (!trustedProxy.test(hop)) {
                return address;
            }
        }
        return address;
    }
}
