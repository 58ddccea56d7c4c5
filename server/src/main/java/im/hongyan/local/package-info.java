/**
 * What runs the whole product on one machine: the built-in PostgreSQL and Redis, a local cluster with a balancer, and
 * demo data. Only the root package depends on it.
 */
package im.hongyan.local;
