/**
 * HTTP: the calls that features declare, the web client and the protocol's pages, health, and the private port with the
 * metrics.
 */
package im.hongyan.http;
