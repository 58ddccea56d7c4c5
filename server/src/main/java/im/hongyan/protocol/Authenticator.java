package im.hongyan.protocol;

import io.vertx.core.Future;

/** Authenticates requests by their access token. */
@FunctionalInterface
public interface Authenticator {
    /** Fails with a {@link Rejection} of kind {@code unauthenticated} or {@code unavailable}. */
    Future<Principal> authenticate(String accessToken);
}
