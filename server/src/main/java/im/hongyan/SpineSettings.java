package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.gateway.GatewayLimits;
import im.hongyan.gateway.GatewayOptions;
import im.hongyan.gateway.Heartbeat;
import im.hongyan.http.HttpOptions;
import im.hongyan.identity.IdentitySettings;
import im.hongyan.identity.TokenKey;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.timeline.DigestKey;
import im.hongyan.timeline.GroupLimits;
import java.time.Duration;

/** The settings of the parts that know nothing of {@link Settings}. */
final class SpineSettings {
    private SpineSettings() {}

    static IdentitySettings identity(Settings settings) {
        Settings.Auth auth = settings.auth();
        Settings.Limits limits = settings.limits();
        return new IdentitySettings(
                auth.keys().stream()
                        .map(key -> new TokenKey(key.kid(), key.secret().bytes()))
                        .toList(),
                auth.issuer(),
                auth.audience(),
                Duration.ofSeconds(auth.accessTokenSeconds()),
                Duration.ofDays(auth.refreshTokenDays()),
                IdentitySettings.Hashing.recommended(),
                new IdentitySettings.Limits(
                        limits.registrationsPerAddressPerHour(),
                        limits.loginsPerAddressPerMinute(),
                        limits.loginsPerUsernamePerMinute(),
                        limits.loginsPerUsernameAndAddressPerMinute(),
                        limits.lookupsPerUserPerMinute(),
                        limits.exemptAddresses()::contains));
    }

    /** Derived from the signing key, because the other keys may be removed soon. */
    static DigestKey digestKey(Settings settings) {
        return new DigestKey(settings.auth().keys().get(0).secret().bytes());
    }

    static GroupLimits groups(Settings settings) {
        Settings.Limits limits = settings.limits();
        return new GroupLimits(
                limits.ownedGroupsPerUser(),
                limits.groupsPerUser(),
                limits.memberAdditionsPerUserPerHour(),
                limits.additionsPerMemberPerHour());
    }

    static HttpOptions http(Settings settings) {
        Settings.Limits limits = settings.limits();
        return new HttpOptions(
                settings.http().origins(),
                settings.http().trustedProxies()::contains,
                limits.httpRequestsPerUserPerSecond(),
                limits.httpRequestBurstPerUser(),
                limits.concurrentTransfersPerUser());
    }

    static GatewayOptions gateway(Settings settings) {
        Settings.Limits limits = settings.limits();
        return new GatewayOptions(
                settings.http().host(),
                settings.http().port(),
                settings.http().origins(),
                settings.http().trustedProxies()::contains,
                new GatewayLimits(
                        limits.exemptAddresses()::contains,
                        new FrameLimit(limits.framesPerSecond(), limits.frameBurst()),
                        new FrameLimit(limits.framesPerUserPerSecond(), limits.frameBurstPerUser()),
                        limits.concurrentRequestsPerSocket(),
                        limits.concurrentRequestsPerUser(),
                        limits.socketsPerAddress(),
                        limits.socketsPerNode(),
                        limits.connectionsPerAddress(),
                        FileDescriptors.connections(limits.connectionsPerNode())),
                Heartbeat.STANDARD);
    }
}
