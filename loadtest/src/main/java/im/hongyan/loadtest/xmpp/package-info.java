/**
 * Enough XMPP over WebSocket (RFC 7395) to measure an XMPP server: sign in with SASL PLAIN, bind, write to a user or a
 * room (XEP-0045), and receive. Stanzas are searched and not parsed, so that this side of the benchmark costs as
 * little as the other.
 */
package im.hongyan.loadtest.xmpp;
