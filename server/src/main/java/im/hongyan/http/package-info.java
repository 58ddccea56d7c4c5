/**
 * HTTP: the routes that features declare, the web client and the protocol's pages, health, and the admin port with the
 * metrics.
 */
package im.hongyan.http;
