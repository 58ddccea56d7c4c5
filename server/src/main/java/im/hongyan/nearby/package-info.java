/**
 * Nearby: users who want to be found see who else is near. Each of them is in a cell of the
 * {@link im.hongyan.location.Grid}, and nothing finer is known of them.
 *
 * <p>Tables: {@code nearby_cell_size}. Redis: the keys of {@link im.hongyan.nearby.CellStore}. Frames:
 * {@code nearby.*}.
 *
 * <p>The path of a request: {@link im.hongyan.nearby.Nearby}, {@link im.hongyan.nearby.NearbyRules} (the rules),
 * {@link im.hongyan.nearby.CellStore} (the cells of users), {@link im.hongyan.nearby.VisibilityStore} (sessions and
 * blocks), the answer.
 *
 * <p>Invariants:
 * <ul>
 *   <li>A position is reduced to its cell when it arrives. It is neither stored nor logged.
 *   <li>Whether one user finds another, and the distance shown, depend only on the two users' cells. If one user finds
 *       another, the other can find the first.
 *   <li>Only a visible user finds others. A user is visible until the time that they have chosen, the end of the
 *       session that made them visible, or the deletion of the account.
 *   <li>The cost of a search does not depend on how many users are in a cell, and hardly on how many cells it covers.
 *   <li>The state of a user changes only from the one that was read, so that a user is in one cell at a time.
 *   <li>One database has cells of one size, forever.
 * </ul>
 */
package im.hongyan.nearby;
