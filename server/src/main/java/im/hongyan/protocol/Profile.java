package im.hongyan.protocol;

/**
 * A user as other users see them. Features that name users send it; only identity creates it.
 *
 * @param username absent for a deleted account
 * @param displayName empty for a deleted account
 * @param deleted true or absent
 */
public record Profile(UserId id, String username, String displayName, Boolean deleted) {
    public static Profile of(UserId id, String username, String displayName) {
        return new Profile(id, username, displayName, null);
    }

    public static Profile ofDeleted(UserId id) {
        return new Profile(id, null, "", true);
    }
}
