package im.hongyan.wallet;

import java.util.UUID;

/**
 * One movement of money. The ledger makes a posting with the same {@code kind} and {@code ref} only once, so that a
 * retry cannot move money twice.
 *
 * @param ref the id of the transfer, top-up, … that moves the money; a retry has the same
 * @param debit the account that the money leaves
 * @param credit the account that receives it; opened if it does not exist
 * @param amount in fen, greater than 0
 * @param peer the other user, for the statement; null if there is none
 */
public record Posting(PostingKind kind, UUID ref, UUID debit, UUID credit, long amount, UUID peer) {}
