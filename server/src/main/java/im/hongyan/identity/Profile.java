package im.hongyan.identity;

import im.hongyan.protocol.UserId;

/**
 * A user as other users see them.
 *
 * @param username absent for a deleted account
 * @param displayName empty for a deleted account
 * @param deleted true or absent
 */
public record Profile(UserId id, String username, String displayName, Boolean deleted) {
    static Profile of(UserId id, String username, String displayName) {
        return new Profile(id, username, displayName, null);
    }

    static Profile ofDeleted(UserId id) {
        return new Profile(id, null, "", true);
    }
}
