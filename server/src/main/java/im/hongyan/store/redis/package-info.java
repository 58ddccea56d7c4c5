/**
 * Access to Redis, standalone, behind Sentinel, or as a Cluster: a few pipelined connections to each master, each with a
 * bounded queue, and a deadline on every call. {@link im.hongyan.store.redis.Redis} is the only entry point.
 */
package im.hongyan.store.redis;
