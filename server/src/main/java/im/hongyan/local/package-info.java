/**
 * What only a developer's machine runs: the embedded PostgreSQL and Redis, the demo data, and several nodes with a
 * balancer on one machine. No other package but the root depends on it.
 */
package im.hongyan.local;
