package im.hongyan.call.turn;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URL of a STUN or TURN server (RFC 7064, RFC 7065), as browsers accept it.
 *
 * @param host a name or an IP address; an IPv6 address has brackets only in {@code text}
 */
public record IceUrl(String text, Scheme scheme, String host, int port, Transport transport) {
    /** The kind of server. */
    public enum Scheme {
        STUN(3478),
        TURN(3478),
        /** TURN over TLS. */
        TURNS(5349);

        private final int defaultPort;

        Scheme(int defaultPort) {
            this.defaultPort = defaultPort;
        }
    }

    /** The transport between the client and the server. The server always relays over UDP. */
    public enum Transport {
        UDP,
        TCP,
        TLS
    }

    private static final Pattern FORM =
            Pattern.compile("(stun|turns?):(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(?::(\\d{1,5}))?"
                    + "(?:\\?transport=(udp|tcp))?");

    /** @throws IllegalArgumentException if the text is invalid; the message contains the violated rule */
    public static IceUrl parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "needs URLs like stun:host:3478, turn:host:3478?transport=udp or turns:host:5349?transport=tcp");
        }
        Scheme scheme = Scheme.valueOf(parts.group(1).toUpperCase(Locale.ROOT));
        int port = parts.group(3) == null ? scheme.defaultPort : Integer.parseInt(parts.group(3));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("needs ports from 1 to 65535");
        }
        String host = parts.group(2).replaceAll("[\\[\\]]", "");
        return new IceUrl(text, scheme, host, port, transport(scheme, parts.group(4)));
    }

    private static Transport transport(Scheme scheme, String given) {
        switch (scheme) {
            case STUN -> {
                if (given != null) {
                    throw new IllegalArgumentException("needs stun: URLs without a transport");
                }
                return Transport.UDP;
            }
            case TURNS -> {
                // Over UDP it would be DTLS, which browsers do not support.
                if ("udp".equals(given)) {
                    throw new IllegalArgumentException("needs turns: URLs with transport=tcp");
                }
                return Transport.TLS;
            }
            default -> {
                return "tcp".equals(given) ? Transport.TCP : Transport.UDP;
            }
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
