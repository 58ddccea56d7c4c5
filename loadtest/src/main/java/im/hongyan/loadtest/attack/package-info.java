/**
 * Attacks that use the protocol as any user can. Each prints an honest user's latencies before and during the attack.
 */
package im.hongyan.loadtest.attack;
