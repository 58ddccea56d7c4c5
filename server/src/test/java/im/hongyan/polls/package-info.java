/**
 * Polls: a message that asks a question, and votes of the members. It exists in the test tree only, as the proof that a feature
 * needs one folder here, one in the web client and one line in a list, and as the example for authors of features
 * ({@code docs/features.md}).
 *
 * <p>Table: {@code poll_vote}, one row per voter and poll. Invariants: only members who see the poll vote; a vote replaces the
 * user's earlier one; a closed poll takes no votes; a user who left has no votes.
 */
package im.hongyan.polls;
