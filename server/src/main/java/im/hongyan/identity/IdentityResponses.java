package im.hongyan.identity;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.SessionId;
import java.time.Instant;
import java.util.List;

/** The answers. */
final class IdentityResponses {
    private IdentityResponses() {}

    /**
     * The tokens of a device that has signed in or refreshed.
     *
     * @param expiresIn seconds until the access token expires
     */
    record SignedIn(Profile user, SessionId session, String accessToken, String refreshToken, long expiresIn) {
        @Override
        public String toString() {
            return "SignedIn[" + session + "]";
        }
    }

    record User(Profile user) {}

    record Users(List<Profile> users) {}

    /**
     * @param device its name; null if it has none
     * @param lastUsedAt when it last got tokens
     */
    record Device(SessionId id, String device, Instant createdAt, Instant lastUsedAt, boolean current) {}

    record Devices(List<Device> sessions) {}
}
