/**
 * The stores: PostgreSQL (the truth) and Redis (the present), each with bounded queues and a deadline on every call; the
 * servers that a node starts by itself when it is given none; the migrations.
 *
 * <p>Features keep their SQL and Lua in their own folders and come here for {@link im.hongyan.store.Postgres} and
 * {@link im.hongyan.store.redis.Redis} only.
 */
package im.hongyan.store;
