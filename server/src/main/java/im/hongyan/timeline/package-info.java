/**
 * The log: one for each conversation, its members, and what a user may see of it.
 *
 * <p>Tables: {@code conversation}, {@code member}, {@code entry}, {@code reaction}, {@code epoch}. Frames:
 * {@code conversation.*}, {@code group.*}, {@code entries.read}, {@code sync}, {@code read.*}.
 *
 * <p>Invariants:
 * <ul>
 *   <li>{@code seq} is contiguous from 1 in each conversation, and is the order of commits: it is assigned under the
 *       conversation's row lock, in the transaction that stores the entry.
 *   <li>An answer follows the commit. A client id is stored at most once for a sender and conversation.
 *   <li>Lock order: a feature's own rows, then the conversation, then its members by id, then entries.
 *   <li>An entry is sent and served only to users whose windows contain its {@code seq}. The content that an edit shows
 *       is sent and served only to users who may see the target.
 *   <li>A sender may speak, or the entry is refused: the member's standing is checked in the append's transaction.
 *   <li>A committed entry is published, even if the answer to its commit was lost and no client retries. A sender gets
 *       an answer by the deadline, whatever the database does.
 *   <li>Recalled content is deleted from all tables.
 * </ul>
 */
package im.hongyan.timeline;
