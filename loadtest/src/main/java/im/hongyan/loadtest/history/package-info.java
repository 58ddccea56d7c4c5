/**
 * HistoryIndex what clients sent, were answered and saw, and checks it: every acknowledged client id is in every
 * recipient's history exactly once, the sequence has no holes, all members see the same order, and no member sees
 * entries from outside their membership.
 *
 * <p>Clients append {@link im.hongyan.loadtest.history.Event}s to a {@link im.hongyan.loadtest.history.History} while
 * they run; several processes write one file each. Afterwards {@link im.hongyan.loadtest.history.HistoryChecker}
 * checks all of them.
 */
package im.hongyan.loadtest.history;
