/**
 * What clients sent, were told and saw, and the one checker that holds it against invariant I: every acknowledged client id
 * is in every recipient's history exactly once, the sequence has no holes, every member sees the same order, and nobody sees
 * what happened outside its membership.
 *
 * <p>Clients append {@link im.hongyan.loadtest.history.Event}s to a {@link im.hongyan.loadtest.history.History} while they
 * run; several processes write a file each. Afterwards {@link im.hongyan.loadtest.history.HistoryChecker} judges all of it.
 */
package im.hongyan.loadtest.history;
