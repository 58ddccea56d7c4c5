/**
 * Red envelopes: sent, grabbed, given back.
 *
 * <p>Tables: {@code envelope}, {@code claim}; an envelope's money is in an account of the ledger with its id. Redis:
 * the keys in {@link im.hongyan.redenvelope.ShareAllocatorStore}. Frames: {@code envelope.*}.
 *
 * <p>The way of an opening: {@link im.hongyan.redenvelope.RedEnvelopes},
 * {@link im.hongyan.redenvelope.EnvelopeOpening}, the gate ({@code take.lua}),
 * {@link im.hongyan.redenvelope.ClaimBatcher}, {@code envelope_claim} in PostgreSQL, the answer.
 *
 * <p>Invariants:
 * <ul>
 *   <li>PostgreSQL alone decides: one claim for a share, one for a person. Whatever the gate says, no fen is lost or
 *       made.
 *   <li>The amounts are fixed when an envelope is sent, and never change; who can check, will find so.
 *   <li>What is in an envelope's account is its total less its claims; nothing once it is settled.
 *   <li>A refund and a claim exclude each other: one has the envelope's row FOR UPDATE, the other FOR SHARE.
 *   <li>An opener is answered after the commit; who asks again is given the same answer.
 *   <li>Who was told that nothing is left, or that the time is over, never has a share.
 *   <li>Lock order: envelopes, conversations (FOR KEY SHARE), claims, accounts. Sending: envelope, accounts,
 *       conversation.
 * </ul>
 */
package im.hongyan.redenvelope;
