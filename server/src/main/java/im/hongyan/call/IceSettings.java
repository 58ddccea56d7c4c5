package im.hongyan.call;

import im.hongyan.call.turn.IceUrl;
import im.hongyan.config.Secret;
import im.hongyan.config.SettingsReader;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The STUN and TURN servers that participants of calls use.
 *
 * @param turnSecret the secret that this server shares with the TURN servers; present if there are any
 * @param turnTtl the lifetime of the credentials that one participant gets
 * @param relayOnly whether media always goes through TURN, so that participants do not learn each other's addresses
 */
record IceSettings(
        List<IceUrl> stunUrls,
        List<IceUrl> turnUrls,
        Optional<Secret> turnSecret,
        Duration turnTtl,
        boolean relayOnly) {
    /** Browsers try all servers for every connection, so more servers would slow calls down. */
    private static final int MAX_URLS = 8;

    private static final int MIN_SECRET_BYTES = 16;

    /** Reads the settings {@code call.stun-urls}, {@code call.turn-…} and {@code call.relay-only}. */
    static IceSettings read(SettingsReader settings) {
        IceSettings ice = new IceSettings(
                settings.list(
                        "call.stun-urls",
                        List.of(),
                        "STUN servers, which tell call participants their public addresses.",
                        urls -> urls(urls, true)),
                settings.list(
                        "call.turn-urls",
                        List.of(),
                        "TURN servers, which relay the media of calls when no direct connection is possible.",
                        urls -> urls(urls, false)),
                settings.secret("call.turn-secret", "The static-auth-secret of the TURN servers."),
                Duration.ofSeconds(settings.number(
                        "call.turn-ttl-seconds",
                        3_600,
                        60,
                        86_400,
                        "How long credentials for the TURN servers are valid.")),
                settings.flag(
                        "call.relay-only",
                        false,
                        "Sends the media of all calls through TURN, so that participants cannot see each other's"
                                + " addresses."));
        ice.check(settings);
        return ice;
    }

    private static List<IceUrl> urls(List<String> texts, boolean stun) {
        if (texts.size() > MAX_URLS) {
            throw new IllegalArgumentException("needs at most " + MAX_URLS + " URLs");
        }
        List<IceUrl> urls = texts.stream().map(IceUrl::parse).toList();
        if (urls.stream().anyMatch(url -> (url.scheme() == IceUrl.Scheme.STUN) != stun)) {
            throw new IllegalArgumentException("needs " + (stun ? "stun:" : "turn: or turns:") + " URLs");
        }
        return urls;
    }

    private void check(SettingsReader settings) {
        if (!turnUrls.isEmpty() && turnSecret.isEmpty()) {
            settings.refuse("call.turn-secret: call.turn-urls needs the static-auth-secret of these servers");
        }
        if (relayOnly && turnUrls.isEmpty()) {
            settings.refuse("call.relay-only: without call.turn-urls no call could connect");
        }
        if (!settings.production()) {
            return;
        }
        if (turnSecret.isPresent() && turnSecret.get().length() < MIN_SECRET_BYTES) {
            settings.refuse("call.turn-secret: production mode needs at least " + MIN_SECRET_BYTES
                    + " characters (openssl rand -base64 32)");
        }
        if (turnUrls.isEmpty()) {
            settings.warn("call.turn-urls: no TURN server is set, so calls connect only between users on the same"
                    + " network or without NAT. Run one (cluster-config/turnserver.conf), and set"
                    + " HONGYAN_CALL_TURN_URLS and HONGYAN_CALL_TURN_SECRET.");
        }
    }
}
