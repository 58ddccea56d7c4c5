package im.hongyan.identity;

import im.hongyan.identity.IdentityResponses.Device;
import im.hongyan.identity.IdentityResponses.SignedIn;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The devices that people are signed in with: how they begin, go on and end. */
final class Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    /** Devices of one person; a further one ends the one that was not used for longest. */
    static final int MAX = 50;

    private static final int EXPIRED_AT_ONCE = 2_000;
    private static final int TRIES = 3;

    private final SessionStore store;
    private final Revocations revocations;
    private final AccessTokens accessTokens;
    private final Duration lifetime;
    private final InstantSource clock;

    /** @param lifetime of a session that nobody refreshes */
    Sessions(
            SessionStore store,
            Revocations revocations,
            AccessTokens accessTokens,
            Duration lifetime,
            InstantSource clock) {
        this.store = store;
        this.revocations = revocations;
        this.accessTokens = accessTokens;
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /** A session that is still to be stored, and what its device is told then. */
    record Begun(Session session, SignedIn answer) {
        @Override
        public String toString() {
            return "Begun[" + session.id() + "]";
        }
    }

    /** @param device null if it has no name */
    Begun begin(Profile user, DeviceName device) {
        Instant now = now();
        SessionId id = new SessionId(Id.next());
        byte[] tagKey = Digests.random(32);
        RefreshToken first = RefreshToken.first(id, tagKey);
        RefreshTokenRotation.State token =
                new RefreshTokenRotation.State(0, first.hash(), null, tagKey, now, now.plus(lifetime));
        Session session = new Session(id, user.id(), device == null ? null : device.text(), token, now);
        return new Begun(session, answer(user, first, now));
    }

    /** Fails as for a wrong password if it has changed since it was verified. */
    Future<SignedIn> open(Account account, DeviceName device) {
        Begun begun = begin(account.profile(), device);
        return store.open(begun.session(), account)
                .compose(opened -> opened ? endOldest(account.id()) : Future.failedFuture(CredentialVerifier.wrong()))
                .map(done -> begun.answer());
    }

    private Future<Void> endOldest(UserId user) {
        return store.revokeOldest(user, MAX, now())
                .onSuccess(revocations::add)
                .<Void>mapEmpty()
                // The device is signed in; the next sign-in ends one more.
                .otherwiseEmpty();
    }

    /** Gives the next pair of tokens, or ends the session: see {@link RefreshTokenRotation}. */
    Future<SignedIn> refresh(RefreshToken presented) {
        return refresh(presented, TRIES);
    }

    private Future<SignedIn> refresh(RefreshToken presented, int tries) {
        return store.find(presented.session()).compose(found -> {
            if (found.isEmpty()) {
                return refused("session.revoked", "this device has been signed out");
            }
            Profile user = found.get().user();
            RefreshTokenRotation rotation = RefreshTokenRotation.of(found.get().token(), presented, now());
            if (rotation instanceof RefreshTokenRotation.Rotate rotate) {
                return rotate(user, rotate, presented, tries);
            }
            if (rotation instanceof RefreshTokenRotation.Repeat repeat) {
                return Future.succeededFuture(answer(user, repeat.successor(), repeat.rotatedAt()));
            }
            if (rotation instanceof RefreshTokenRotation.Reused) {
                return endReused(user.id(), presented.session());
            }
            return rotation instanceof RefreshTokenRotation.Expired
                    ? refused("session.expired", "this device was not used for too long; sign in again")
                    : refused("refresh.invalid", "this is no refresh token; sign in again");
        });
    }

    private Future<SignedIn> rotate(
            Profile user, RefreshTokenRotation.Rotate rotate, RefreshToken presented, int tries) {
        Instant now = now();
        return store.rotate(rotate, now, now.plus(lifetime)).compose(rotated -> {
            if (rotated) {
                return Future.succeededFuture(answer(user, rotate.successor(), now));
            }
            // Somebody else rotated it first, and the answer is the one that they got.
            return tries > 1
                    ? refresh(presented, tries - 1)
                    : Future.failedFuture(Rejection.unavailable("refresh.busy", "refreshed too often at once", 1_000));
        });
    }

    private Future<SignedIn> endReused(UserId user, SessionId session) {
        LOG.warn("session {} ends: a refresh token of it was used again after its time", session);
        return store.revoke(user, session, now())
                .onSuccess(revocations::add)
                .compose(ended -> refused("refresh.reused", "an old refresh token was used; sign in again"));
    }

    private static Future<SignedIn> refused(String reason, String message) {
        return Future.failedFuture(Rejection.unauthenticated(reason, message));
    }

    Future<List<Device>> list(Principal caller) {
        return store.list(caller.user(), caller.session());
    }

    /** Signing out what is signed out already succeeds: the person has what they wanted. */
    Future<Void> signOut(Principal caller) {
        return store.revoke(caller.user(), caller.session(), now())
                .onSuccess(revocations::add)
                .mapEmpty();
    }

    Future<Void> revoke(Principal caller, SessionId session) {
        return store.revoke(caller.user(), session, now())
                .onSuccess(revocations::add)
                .compose(ended -> ended.isEmpty()
                        ? Future.failedFuture(Rejection.notFound("session.unknown", "you have no such device"))
                        : Future.succeededFuture());
    }

    /** Ends the sessions that nobody has refreshed for too long, and so closes sockets that are still open. */
    Future<Void> endExpired() {
        return store.revokeExpired(now(), EXPIRED_AT_ONCE).compose(ended -> {
            revocations.add(ended);
            return ended.size() < EXPIRED_AT_ONCE ? Future.succeededFuture() : endExpired();
        });
    }

    private SignedIn answer(Profile user, RefreshToken refreshToken, Instant at) {
        SessionId session = refreshToken.session();
        Duration left = Duration.between(now(), at.plus(accessTokens.lifetime()));
        return new SignedIn(
                user,
                session,
                accessTokens.issue(user.id(), session, at),
                refreshToken.text(),
                Math.max(0, left.toSeconds()));
    }

    /** As the database can hold it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
