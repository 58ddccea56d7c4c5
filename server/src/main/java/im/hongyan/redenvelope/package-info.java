/**
 * Red envelopes: sending, opening, refunds, history.
 *
 * <p>Tables: {@code envelope}, {@code claim}. An envelope's money is in a ledger account with the envelope's id. Redis:
 * the keys of {@link im.hongyan.redenvelope.ShareAllocatorStore}. Frames: {@code envelope.*}, entries of kind
 * {@code envelope}.
 *
 * <p>The path of an opening: {@link im.hongyan.redenvelope.RedEnvelopes},
 * {@link im.hongyan.redenvelope.EnvelopeAccess}, {@link im.hongyan.redenvelope.EnvelopeOpening}, the share allocator
 * ({@code reserve.lua}), {@link im.hongyan.redenvelope.ClaimBatcher}, {@link im.hongyan.redenvelope.ClaimStore}
 * ({@code envelope_claim} in PostgreSQL), {@link im.hongyan.redenvelope.ClaimResults}, the answer.
 *
 * <p>Invariants:
 * <ul>
 *   <li>PostgreSQL alone decides: one claim for each share, and one for each user and envelope. Whatever the share
 *       allocator answers, no fen is lost or created.
 *   <li>The amounts are fixed when an envelope is sent and never change. Users can verify this.
 *   <li>An envelope's account holds the total minus the claims, and nothing after the refund.
 *   <li>A refund and a claim exclude each other: one locks the envelope's row FOR UPDATE, the other FOR SHARE.
 *   <li>A user is answered after the commit, and gets the same answer when opening the envelope again.
 *   <li>After the answer {@code empty} or {@code expired}, a user never gets a share of that envelope.
 *   <li>Lock order of a claim: envelopes, conversations (FOR KEY SHARE), claims, accounts. Of sending: envelope,
 *       conversation, accounts.
 * </ul>
 */
package im.hongyan.redenvelope;
