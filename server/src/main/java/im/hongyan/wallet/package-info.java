/**
 * The ledger, the wallet that shows a person his part of it, top-ups and transfers.
 *
 * <p>Tables: {@code ledger_account}, {@code posting}, {@code top_up}, {@code transfer}, {@code reconciliation}, {@code
 * reconciliation_finding}. Frames: {@code wallet.*}, the push {@code wallet}, entries of kind {@code transfer}. Call: {@code
 * POST /wallet/top-ups}.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A posting moves one amount from one account to another, so nothing unbalanced can be written; it is never changed.
 *   <li>The balance of an account is the sum of its postings, the sum of all balances is 0, and only {@code world} is below 0.
 *   <li>A posting of one {@code (kind, ref, part)} is made once.
 *   <li>A transfer's account holds its amount while it is pending and nothing afterwards; it ends once, in one way.
 *   <li>A top-up that was credited was paid; one that was paid is credited, whatever ends in between.
 *   <li>Lock order: the feature's row, accounts by id, the conversation.
 * </ul>
 *
 * {@link im.hongyan.wallet.Reconciliation} looks whether they hold.
 */
package im.hongyan.wallet;
