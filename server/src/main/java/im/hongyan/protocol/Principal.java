package im.hongyan.protocol;

/**
 * Who asks: authenticated, never taken from the request itself.
 *
 * @param connection names the socket within its node; null for an HTTP call
 */
public record Principal(UserId user, SessionId session, String connection) {}
