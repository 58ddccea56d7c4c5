/**
 * Small concurrency tools that know nothing of messaging: {@link im.hongyan.async.Batcher} (group commit),
 * {@link im.hongyan.async.RequestCoalescer} (batching per key), {@link im.hongyan.async.SingleFlight},
 * {@link im.hongyan.async.KeyedQueue} (bounded concurrency per key), {@link im.hongyan.async.PeriodicTasks} and
 * {@link im.hongyan.async.LogThrottle}. All are thread-safe and bounded, and none blocks.
 */
package im.hongyan.async;
