package im.hongyan.identity;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.UserId;

/**
 * An account that is not deleted.
 *
 * @param password its hash, as a PHC string
 */
record Account(UserId id, String username, String displayName, String password) {
    Profile profile() {
        return Profile.of(id, username, displayName);
    }

    @Override
    public String toString() {
        return "Account[" + id + "]";
    }
}
