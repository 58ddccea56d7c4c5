/**
 * Polls: a message asks a question, and the members of the conversation vote. This feature exists in the test tree
 * only. It shows that a feature needs one folder on the server, one in the web client and one line in a list, and
 * {@code docs/features.md} explains the contract with it.
 *
 * <p>Tables: {@code poll_vote}, one row per voter and poll; {@code poll_closed}, one row per closed poll. Invariants:
 * only members who see the poll can vote; a user has at most one vote in a poll; a closed poll takes no votes. The
 * votes of a member who leaves are deleted from open polls soon afterwards, unless the node dies in between.
 */
package im.hongyan.polls;
