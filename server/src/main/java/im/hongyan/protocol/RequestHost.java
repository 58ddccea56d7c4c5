package im.hongyan.protocol;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The host by which a client addressed this server, and whether a web origin is the server's own. */
public final class RequestHost {
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9._-]{1,253}(:\\d{1,5})?|\\[[0-9A-Fa-f:.]{2,45}](:\\d{1,5})?");

    private RequestHost() {}

    /**
     * The hosts, with ports as sent: those in {@code X-Forwarded-Host} if the peer is a trusted proxy, which may have
     * replaced the header {@code Host}, and then that header. Malformed ones are left out.
     */
    public static List<String> of(HttpServerRequest request, Predicate<String> trustedProxy) {
        List<String> hosts = new ArrayList<>();
        if (ClientAddress.isFromProxy(request, trustedProxy)) {
            for (String header : request.headers().getAll("X-Forwarded-Host")) {
                for (String host : header.split(",", -1)) {
                    hosts.add(host.strip());
                }
            }
        }
        // HTTP/2 has no such header.
        HostAndPort authority = request.authority();
        hosts.addAll(
                authority == null || request.headers().contains(HttpHeaderNames.HOST)
                        ? request.headers().getAll(HttpHeaderNames.HOST)
                        : List.of(authority.toString()));
        return hosts.stream().filter(host -> HOST.matcher(host).matches()).toList();
    }

    /**
     * Whether an origin is one of the hosts. A port may be given or left out if it is the default of the origin's
     * scheme.
     */
    public static boolean isOrigin(String origin, List<String> hosts) {
        URI own = uri(origin);
        return own != null
                && hosts.stream()
                        .map(host -> uri(own.getScheme() + "://" + host))
                        .anyMatch(host -> isSame(own, host));
    }

    private static boolean isSame(URI origin, URI host) {
        return host != null && origin.getHost().equalsIgnoreCase(host.getHost()) && port(origin) == port(host);
    }

    /** Null if the text has no host. */
    private static URI uri(String text) {
        try {
            URI uri = URI.create(text);
            return uri.getHost() == null || uri.getScheme() == null ? null : uri;
        } catch (IllegalArgumentException notAnOrigin) {
            return null;
        }
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }
}
