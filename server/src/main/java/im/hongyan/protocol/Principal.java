package im.hongyan.protocol;

/**
 * The authenticated sender of a request.
 *
 * @param connection identifies the socket within its node; null for an HTTP request
 */
public record Principal(UserId user, SessionId session, String connection) {}
