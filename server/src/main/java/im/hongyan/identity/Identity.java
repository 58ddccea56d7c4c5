package im.hongyan.identity;

import im.hongyan.identity.IdentityResponses.User;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Who people are: their accounts, the devices that they are signed in with, and the tokens that prove it.
 *
 * <p>{@link #start} before a port opens; then all methods may be called from any thread.
 */
public final class Identity {
    private final AccessTokens accessTokens;
    private final Revocations revocations;
    private final Sessions sessions;
    private final Accounts accounts;
    private final AccountDeletions deletions;
    private final BulkUsers bulkUsers;
    private final RateLimiter throttle;
    private final Passwords passwords;
    private final IdentityTasks housekeeping;

    /** @param clock for tests: everything that has a time takes it from here */
    public Identity(
            Vertx vertx,
            Postgres postgres,
            Redis redis,
            IdentitySettings settings,
            IdentityEvents events,
            FrameCodec codec,
            InstantSource clock) {
        Consumer<Profile> announce = profile ->
                events.profileChanged(profile.id(), codec.push("profile", new User(profile), Frame.DropPolicy.SYNC));
        SessionStore sessionStore = new SessionStore(postgres);
        AccountStore accountStore = new AccountStore(postgres, sessionStore);
        accessTokens = new AccessTokens(
                settings.keys(), settings.issuer(), settings.audience(), settings.accessToken(), clock);
        revocations = new Revocations(new RevocationStore(postgres), events, settings.accessToken(), clock);
        passwords = new Passwords(vertx, settings.hashing());
        throttle = new RateLimiter(new RateLimitStore(redis), settings.limits(), clock);
        sessions = new Sessions(sessionStore, revocations, accessTokens, settings.refreshToken(), clock);
        CredentialVerifier credentials = new CredentialVerifier(accountStore, passwords, throttle);
        accounts = new Accounts(accountStore, sessions, credentials, revocations, announce, clock);
        deletions =
                new AccountDeletions(accountStore, credentials, revocations, announce, events::accountDeleted, clock);
        bulkUsers = new BulkUsers(accountStore, sessions, credentials, codec, clock);
        housekeeping = new IdentityTasks(vertx, revocations, sessions, deletions);
    }

    /** The HTTP calls. */
    public void register(HttpRoutes calls) {
        calls.open(
                Method.POST,
                "/accounts",
                201,
                IdentityRequests.Register.class,
                IdentityResponses.SignedIn.class,
                (origin, body) -> throttle.registration(origin.address()).compose(allowed -> accounts.register(body)));
        calls.open(
                Method.POST,
                "/sessions",
                201,
                IdentityRequests.SignIn.class,
                IdentityResponses.SignedIn.class,
                (origin, body) -> throttle.signIn(origin.address()).compose(allowed -> accounts.signIn(body)));
        calls.open(
                Method.POST,
                "/sessions/refresh",
                200,
                IdentityRequests.Refresh.class,
                IdentityResponses.SignedIn.class,
                (origin, body) ->
                        throttle.refresh(origin.address()).compose(allowed -> sessions.refresh(body.refreshToken())));
        registerDevices(calls);
        registerMe(calls);
    }

    private void registerDevices(HttpRoutes calls) {
        calls.authenticated(
                Method.GET,
                "/sessions",
                200,
                IdentityRequests.Nothing.class,
                IdentityResponses.Devices.class,
                (origin, body) -> sessions.list(origin.caller()).map(IdentityResponses.Devices::new));
        calls.authenticated(
                Method.DELETE,
                "/sessions/current",
                204,
                IdentityRequests.Nothing.class,
                Void.class,
                (origin, body) -> sessions.signOut(origin.caller()));
        calls.authenticated(
                Method.DELETE,
                "/sessions/:id",
                204,
                IdentityRequests.OneSession.class,
                Void.class,
                (origin, body) -> sessions.revoke(origin.caller(), body.id()));
    }

    private void registerMe(HttpRoutes calls) {
        calls.authenticated(
                Method.GET, "/me", 200, IdentityRequests.Nothing.class, User.class, (origin, body) -> accounts.me(
                                origin.caller())
                        .map(User::new));
        calls.authenticated(
                Method.PATCH, "/me", 200, IdentityRequests.Rename.class, User.class, (origin, body) -> accounts.rename(
                                origin.caller(), body.displayName())
                        .map(User::new));
        calls.authenticated(
                Method.POST,
                "/me/password",
                204,
                IdentityRequests.ChangePassword.class,
                Void.class,
                (origin, body) -> accounts.changePassword(origin.caller(), body));
        calls.authenticated(
                Method.DELETE,
                "/me",
                204,
                IdentityRequests.Delete.class,
                Void.class,
                (origin, body) -> deletions.delete(origin.caller(), body.password()));
        calls.authenticated(
                Method.GET,
                "/users",
                200,
                IdentityRequests.Find.class,
                IdentityResponses.Users.class,
                (origin, body) -> throttle.lookup(origin.caller().user())
                        .compose(allowed -> accounts.find(body.username()))
                        .map(IdentityResponses.Users::new));
    }

    /** The frames. */
    public void register(FrameRoutes routes) {
        routes.on(
                "users.get",
                IdentityRequests.GetUsers.class,
                IdentityResponses.Users.class,
                (caller, body) -> accounts.profiles(body.users()).map(IdentityResponses.Users::new));
        routes.pushes("profile", User.class);
    }

    /**
     * An {@link im.hongyan.protocol.Authenticator}: needs no store, so that it works whatever is away. The caller's
     * connection is null.
     */
    public Future<Principal> authenticate(String accessToken) {
        try {
            AccessTokens.Bearer bearer = accessTokens.verify(accessToken);
            return revocations.contains(bearer.session())
                    ? Future.failedFuture(
                            Rejection.unauthenticated("session.revoked", "this device has been signed out"))
                    : Future.succeededFuture(new Principal(bearer.user(), bearer.session(), null));
        } catch (Rejection e) {
            return Future.failedFuture(e);
        }
    }

    /** The profiles of the users that exist, deleted ones included, in any order. One query. */
    public Future<List<Profile>> profiles(Collection<UserId> users) {
        return accounts.profiles(users);
    }

    /** Another node has revoked the sessions: in force at once, and found in the database in a moment. */
    public void revokedElsewhere(Collection<SessionId> sessions) {
        revocations.heard(sessions);
    }

    /** Loads what has been revoked, and from then on keeps up with it. Fails if PostgreSQL is away. */
    public Future<Void> start() {
        return revocations.load().onSuccess(loaded -> housekeeping.start());
    }

    /** What otherwise happens each second: what the other nodes have revoked is in force when this succeeds. */
    Future<Void> pollRevocations() {
        return revocations.poll();
    }

    /** What otherwise happens each minute. */
    Future<Void> tidy() {
        return housekeeping.everyMinute();
    }

    /** Needs neither {@link #start} nor {@link #stop}; each line is a JSON object, given after its user is stored. */
    public Future<Void> createUsers(BulkUsersRequest order, Consumer<String> lines) {
        return bulkUsers.create(order, lines);
    }

    public Future<Void> stop() {
        return housekeeping.stop().eventually(passwords::close);
    }
}
