/**
 * Access to Redis: standalone, with Sentinel, or as a Cluster. {@link im.hongyan.store.redis.Redis} is the only entry
 * point.
 */
package im.hongyan.store.redis;
