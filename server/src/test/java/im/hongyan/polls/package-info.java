/**
 * Polls: a message that asks a question, and votes of the members. It exists in the test tree only. It proves that a
 * feature needs one folder here, one in the web client and one line in a list, and it is the example for authors of
 * features ({@code docs/features.md}).
 *
 * <p>Table: {@code poll_vote}, one row per voter and poll. Invariants: only members who see the poll can vote; a vote
 * replaces the user's earlier one; a closed poll accepts no votes; a former member has no votes.
 */
package im.hongyan.polls;
