package im.hongyan.call;

import im.hongyan.call.turn.IceUrl;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Issues ICE servers to a participant of a call, with TURN credentials of its user. Thread-safe. */
final class IceServers {
    /**
     * A STUN or TURN server ({@code RTCIceServer}).
     *
     * @param username null for STUN
     * @param credential null for STUN
     */
    record Server(List<String> urls, String username, String credential) {}

    /** @param expiresAt when the credentials expire */
    record Issued(List<Server> servers, Instant expiresAt) {}

    private final IceSettings settings;
    private final InstantSource clock;

    IceServers(IceSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Whether media must go through a TURN server: clients then set {@code iceTransportPolicy: "relay"}. */
    boolean relayOnly() {
        return settings.relayOnly();
    }

    Issued issue(UserId user) {
        Instant expiresAt = clock.instant().plus(settings.turnTtl());
        List<Server> servers = new ArrayList<>();
        if (!settings.relayOnly() && !settings.stunUrls().isEmpty()) {
            servers.add(new Server(texts(settings.stunUrls()), null, null));
        }
        settings.turnSecret().filter(secret -> !settings.turnUrls().isEmpty()).ifPresent(secret -> {
            TurnCredentials credentials = TurnCredentials.issue(secret, expiresAt, user.text());
            servers.add(new Server(texts(settings.turnUrls()), credentials.username(), credentials.password()));
        });
        return new Issued(List.copyOf(servers), expiresAt);
    }

    private static List<String> texts(List<IceUrl> urls) {
        return urls.stream().map(IceUrl::text).toList();
    }
}
