/** Replays of hostile accounts, with the latencies that others see before and during it. */
package im.hongyan.loadtest.attack;
