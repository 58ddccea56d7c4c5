package im.hongyan.protocol;

import io.vertx.core.Future;

/** Turns an access token into a caller. */
@FunctionalInterface
public interface Authenticator {
    /** Fails with a {@link Rejection} of kind {@code unauthenticated}, or {@code unavailable}. */
    Future<Principal> authenticate(String accessToken);
}
