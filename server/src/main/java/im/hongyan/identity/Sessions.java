package im.hongyan.identity;

import im.hongyan.async.Repeat;
import im.hongyan.identity.IdentityResponses.Device;
import im.hongyan.identity.IdentityResponses.SignedIn;
import im.hongyan.protocol.ClientNetwork;
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

/** Begins, refreshes, lists and ends sessions. A session is a signed-in device. */
final class Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    /** Sessions of one user. A further one ends the least recently used. */
    static final int MAX_PER_USER = 50;

    private static final int EXPIRED_BATCH = 2_000;
    private static final int TRIES = 3;

    private final SessionStore store;
    private final Revocations revocations;
    private final AccessTokens accessTokens;
    private final Duration lifetime;
    private final InstantSource clock;

    /** @param lifetime of a session that is not refreshed */
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

    /** A session to store, and the answer to its device. */
    record NewSession(SessionRow session, SignedIn answer) {
        @Override
        public String toString() {
            return "NewSession[" + session.id() + "]";
        }
    }

    /**
     * @param device null if it has no name
     * @param client null for a command
     */
    NewSession begin(Profile user, DeviceName device, Client client) {
        Instant now = now();
        SessionId id = new SessionId(Id.next());
        byte[] tagKey = Digests.random(32);
        RefreshToken first = RefreshToken.first(id, tagKey);
        RefreshTokenRotation.State token =
                new RefreshTokenRotation.State(0, first.hash(), null, tagKey, now, now.plus(lifetime));
        SessionRow session = new SessionRow(
                id,
                user.id(),
                device == null ? null : device.text(),
                client == null ? null : client.network().narrow(),
                token,
                now);
        return new NewSession(session, answer(user, first, now));
    }

    /** Fails as for a wrong password if the password has changed since it was verified. */
    Future<SignedIn> open(Account account, DeviceName device, Client client) {
        NewSession begun = begin(account.profile(), device, client);
        return store.open(begun.session(), account)
                .compose(opened ->
                        opened ? endOldest(account.id()) : Future.failedFuture(IdentityErrors.wrongCredentials()))
                .map(done -> begun.answer());
    }

    private Future<Void> endOldest(UserId user) {
        return store.revokeOldest(user, MAX_PER_USER, now())
                .onSuccess(revocations::add)
                .<Void>mapEmpty()
                // The device is signed in anyway; the next sign-in ends one more.
                .otherwiseEmpty();
    }

    /** Returns the next pair of tokens, or ends the session: see {@link RefreshTokenRotation}. */
    Future<SignedIn> refresh(RefreshToken presented, String address) {
        return refresh(presented, ClientNetwork.of(address).narrow(), TRIES);
    }

    private Future<SignedIn> refresh(RefreshToken presented, String network, int tries) {
        return store.find(presented.session()).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(IdentityErrors.revokedSession());
            }
            Profile user = found.get().user();
            RefreshTokenRotation rotation = RefreshTokenRotation.of(found.get().token(), presented, now());
            if (rotation instanceof RefreshTokenRotation.Rotate rotate) {
                return rotate(user, rotate, presented, network, tries);
            }
            if (rotation instanceof RefreshTokenRotation.Repeat repeat) {
                return Future.succeededFuture(answer(user, repeat.successor(), issuedAt(repeat)));
            }
            if (rotation instanceof RefreshTokenRotation.Reused) {
                return endReused(user.id(), presented.session());
            }
            return rotation instanceof RefreshTokenRotation.Expired
                    ? refused("session.expired", "the session has expired; sign in again")
                    : refused("refresh.invalid", "invalid refresh token; sign in again");
        });
    }

    /** The same access token again, as long as the client can use it for some time. */
    private Instant issuedAt(RefreshTokenRotation.Repeat repeat) {
        Instant now = now();
        boolean fresh =
                now.isBefore(repeat.rotatedAt().plus(accessTokens.lifetime().dividedBy(2)));
        return fresh ? repeat.rotatedAt() : now;
    }

    private Future<SignedIn> rotate(
            Profile user, RefreshTokenRotation.Rotate rotate, RefreshToken presented, String network, int tries) {
        Instant now = now();
        return store.rotate(rotate, network, now, now.plus(lifetime)).compose(rotated -> {
            if (rotated) {
                return Future.succeededFuture(answer(user, rotate.successor(), now));
            }
            // A concurrent request rotated it first: repeat that answer.
            return tries > 1
                    ? refresh(presented, network, tries - 1)
                    : Future.failedFuture(Rejection.unavailable(
                            "refresh.busy", "too many concurrent refreshes of this session", 1_000));
        });
    }

    private Future<SignedIn> endReused(UserId user, SessionId session) {
        LOG.warn("session {} is revoked: one of its old refresh tokens was used again", session);
        return store.revoke(user, session, now())
                .onSuccess(revocations::add)
                .compose(ended -> refused("refresh.reused", "a used refresh token was presented again; sign in again"));
    }

    private static Future<SignedIn> refused(String reason, String message) {
        return Future.failedFuture(Rejection.unauthenticated(reason, message));
    }

    Future<List<Device>> list(Principal caller) {
        return store.list(caller.user(), caller.session());
    }

    /** Idempotent: succeeds if the session has ended already. */
    Future<Void> signOut(Principal caller) {
        return store.revoke(caller.user(), caller.session(), now())
                .onSuccess(revocations::add)
                .mapEmpty();
    }

    Future<Void> revoke(Principal caller, SessionId session) {
        return store.revoke(caller.user(), session, now())
                .onSuccess(revocations::add)
                .compose(ended -> ended.isEmpty()
                        ? Future.failedFuture(Rejection.notFound("session.unknown", "unknown session"))
                        : Future.succeededFuture());
    }

    /** Ends expired sessions, and so closes their sockets. */
    Future<Void> endExpired() {
        return Repeat.untilLast(() -> store.revokeExpired(now(), EXPIRED_BATCH).map(ended -> {
            revocations.add(ended);
            return ended.size() < EXPIRED_BATCH;
        }));
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

    /** Truncated to what the database stores. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
