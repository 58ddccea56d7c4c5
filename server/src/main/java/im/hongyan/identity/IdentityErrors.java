package im.hongyan.identity;

import im.hongyan.protocol.Rejection;

/** The errors that several parts of identity answer with. */
final class IdentityErrors {
    private IdentityErrors() {}

    /** For a sign-in: does not tell whether the account exists. */
    static Rejection wrongCredentials() {
        return Rejection.unauthenticated("credentials.wrong", "wrong username or password");
    }

    /** For a user who is signed in and confirms a change. */
    static Rejection wrongPassword(String field) {
        return Rejection.forbidden("password.wrong", "wrong password").at(field);
    }

    static Rejection unknownUser() {
        return Rejection.notFound("user.unknown", "the account no longer exists");
    }

    static Rejection revokedSession() {
        return Rejection.unauthenticated("session.revoked", "this device has been signed out");
    }
}
