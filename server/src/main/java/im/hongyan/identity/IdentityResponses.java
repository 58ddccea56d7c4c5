package im.hongyan.identity;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.SessionId;
import java.time.Instant;
import java.util.List;

/** What clients are answered. */
final class IdentityResponses {
    private IdentityResponses() {}

    /**
     * What a device signs its requests and stays signed in with.
     *
     * @param expiresIn seconds that the access token is still valid
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
     * @param device as it named itself; absent if it did not
     * @param lastUsedAt when it last got an access token
     */
    record Device(SessionId id, String device, Instant createdAt, Instant lastUsedAt, boolean current) {}

    record Devices(List<Device> sessions) {}
}
