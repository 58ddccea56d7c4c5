/**
 * The ledger, the wallets that show users their part of it, top-ups and transfers.
 *
 * <p>Tables: {@code account_kind}, {@code posting_kind}, {@code ledger_account}, {@code posting}, {@code top_up},
 * {@code transfer}, {@code reconciliation}, {@code reconciliation_finding}. Frames: {@code wallet.*}, the push
 * {@code wallet}, entries of kind {@code transfer}. HTTP: {@code POST /wallet/top-ups}.
 *
 * <p>Other features move money through {@link im.hongyan.wallet.Ledger}. Each feature owns its kinds of accounts and
 * postings: a migration of the feature inserts them into {@code account_kind} and {@code posting_kind}, and the feature
 * registers them with the ledger. A feature also adds its checks to {@link im.hongyan.wallet.Reconciliation} and its
 * reports to {@link im.hongyan.wallet.AnomalyReports}.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A posting moves one amount from one account to another, so an unbalanced posting cannot exist. Postings never
 *       change.
 *   <li>The balance of an account is the sum of its postings. The sum of all balances is 0. Only {@code world} accounts
 *       have a negative balance.
 *   <li>There is one posting for each {@code (kind, ref, part)}.
 *   <li>Accounts and postings have registered kinds, and a posting opens accounts of one kind only.
 *   <li>A transfer's account holds its amount while it is pending and nothing afterwards. A transfer ends once.
 *   <li>A top-up is credited if and only if it was paid, even if nodes die in between.
 *   <li>Lock order: the feature's row, the conversation, accounts by id.
 * </ul>
 *
 * {@link im.hongyan.wallet.Reconciliation} checks these invariants.
 */
package im.hongyan.wallet;
