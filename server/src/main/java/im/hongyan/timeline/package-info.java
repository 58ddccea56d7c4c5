/**
 * The log: one for each conversation, its members, and what a person may see of it.
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
 *   <li>An entry goes to the people whose windows hold its {@code seq}, and is served to nobody else; what an edit says of
 *       its target, to those who may see the target.
 *   <li>A committed entry is told to its readers, also if the answer to its commit was lost and nobody asks again; a
 *       sender has an answer by the deadline, whatever the database does.
 *   <li>A recalled content is in no table any more.
 * </ul>
 */
package im.hongyan.timeline;
