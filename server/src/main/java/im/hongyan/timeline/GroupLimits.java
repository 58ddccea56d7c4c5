package im.hongyan.timeline;

/**
 * What a user may do with groups. A member's rows are read by the member's own requests, so that without limits a
 * stranger could make these expensive.
 *
 * @param ownedPerUser groups that a user owns
 * @param groupsPerUser the maximum number of groups per user. Strangers, to whom the user has never written, can fill
 *     half of them, see {@link #groupsByStrangersPerUser}
 * @param additionsPerUserPerHour users whom a user adds to groups, including new groups; counted on each node
 * @param additionsPerMemberPerHour how often the same user is added to the same group, and how often one user
 *     adds another to any group; counted on each node
 */
public record GroupLimits(
        int ownedPerUser, int groupsPerUser, int additionsPerUserPerHour, int additionsPerMemberPerHour) {
    /** Rejects limits that would forbid a full group. */
    public GroupLimits {
        if (ownedPerUser < 1 || groupsPerUser < 1 || additionsPerMemberPerHour < 1) {
            throw new IllegalArgumentException("limits of groups must be positive");
        }
        if (additionsPerUserPerHour < GroupFrames.MAX_MEMBERS) {
            throw new IllegalArgumentException("a user must be able to fill a group");
        }
    }

    /**
     * The maximum number of groups in which a user has done nothing, for additions by strangers, to whom the user has
     * never written. So strangers, however many, leave room for groups that the user creates or that contacts add them
     * to.
     */
    int groupsByStrangersPerUser() {
        return (groupsPerUser + 1) / 2;
    }
}
