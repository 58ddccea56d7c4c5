/**
 * Small concurrency tools that know nothing of messaging: bounded queues per key, single flight, request coalescing, log
 * throttling. All of them are thread-safe and bounded; none of them blocks.
 */
package im.hongyan.async;
