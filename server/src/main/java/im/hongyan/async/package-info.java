/**
 * Small concurrency tools that know nothing of messaging: {@link im.hongyan.async.Batcher} (group commit),
 * {@link im.hongyan.async.RequestCoalescer} (batching per key), {@link im.hongyan.async.SingleFlight},
 * {@link im.hongyan.async.KeyedQueue} (bounded concurrency per key), {@link im.hongyan.async.PeriodicTasks},
 * {@link im.hongyan.async.LogThrottle}. All are thread-safe and bounded, none blocks, and they depend on no other package
 * of ours.
 */
package im.hongyan.async;
