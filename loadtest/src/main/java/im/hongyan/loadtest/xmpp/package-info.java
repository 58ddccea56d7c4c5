/**
 * As much of XMPP over WebSocket (RFC 7395) as it takes to measure an XMPP server: sign in with SASL PLAIN, bind, write to a
 * person or a room (XEP-0045), see what arrives. Stanzas are not parsed but searched: this side of a benchmark should cost as
 * little as the other.
 */
package im.hongyan.loadtest.xmpp;
