/**
 * Access to the stores: PostgreSQL (the truth) here and Redis (the present) in {@code store.redis}, each with bounded
 * queues and a deadline on every call; migrations; keyset pagination.
 *
 * <p>Features keep their SQL and Lua in their own folders; they use {@link im.hongyan.store.Postgres} and
 * {@link im.hongyan.store.redis.Redis}.
 */
package im.hongyan.store;
