package im.hongyan.identity;

import im.hongyan.identity.Answers.User;
import im.hongyan.protocol.Caller;
import im.hongyan.protocol.Calls;
import im.hongyan.protocol.Calls.Method;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Routes;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

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
    private final Deletions deletions;
    private final BulkUsers bulkUsers;
    private final Throttle throttle;
    private final Passwords passwords;
    private final Housekeeping housekeeping;

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
                events.profileChanged(profile.id(), codec.push("profile", new User(profile), Frame.Loss.SYNC));
        SessionStore sessionStore = new SessionStore(postgres);
        AccountStore accountStore = new AccountStore(postgres, sessionStore);
        accessTokens = new AccessTokens(
                settings.keys(), settings.issuer(), settings.audience(), settings.accessToken(), clock);
        revocations = new Revocations(new RevocationStore(postgres), events, settings.accessToken(), clock);
        passwords = new Passwords(vertx, settings.hashing());
        throttle = new Throttle(new ThrottleStore(redis), settings.limits(), clock);
        sessions = new Sessions(sessionStore, revocations, accessTokens, settings.refreshToken(), clock);
        Credentials credentials = new Credentials(accountStore, passwords, throttle);
        accounts = new Accounts(accountStore, sessions, credentials, revocations, announce, clock);
        deletions = new Deletions(accountStore, credentials, revocations, announce, events::accountDeleted, clock);
        bulkUsers = new BulkUsers(accountStore, sessions, credentials, codec, clock);
        housekeeping = new Housekeeping(vertx, revocations, sessions, deletions);
    }

    /** The HTTP calls. */
    public void register(Calls calls) {
        calls.open(
                Method.POST,
                "/accounts",
                201,
                Requests.Register.class,
                Answers.SignedIn.class,
                (origin, body) -> throttle.registration(origin.address()).compose(allowed -> accounts.register(body)));
        calls.open(
                Method.POST,
                "/sessions",
                201,
                Requests.SignIn.class,
                Answers.SignedIn.class,
                (origin, body) -> throttle.signIn(origin.address()).compose(allowed -> accounts.signIn(body)));
        calls.open(
                Method.POST,
                "/sessions/refresh",
                200,
                Requests.Refresh.class,
                Answers.SignedIn.class,
                (origin, body) ->
                        throttle.refresh(origin.address()).compose(allowed -> sessions.refresh(body.refreshToken())));
        registerDevices(calls);
        registerMe(calls);
    }

    private void registerDevices(Calls calls) {
        calls.authenticated(
                Method.GET,
                "/sessions",
                200,
                Requests.Nothing.class,
                Answers.Devices.class,
                (origin, body) -> sessions.list(origin.caller()).map(Answers.Devices::new));
        calls.authenticated(
                Method.DELETE,
                "/sessions/current",
                204,
                Requests.Nothing.class,
                Void.class,
                (origin, body) -> sessions.signOut(origin.caller()));
        calls.authenticated(
                Method.DELETE,
                "/sessions/:id",
                204,
                Requests.OneSession.class,
                Void.class,
                (origin, body) -> sessions.revoke(origin.caller(), body.id()));
    }

    private void registerMe(Calls calls) {
        calls.authenticated(Method.GET, "/me", 200, Requests.Nothing.class, User.class, (origin, body) -> accounts.me(
                        origin.caller())
                .map(User::new));
        calls.authenticated(
                Method.PATCH, "/me", 200, Requests.Rename.class, User.class, (origin, body) -> accounts.rename(
                                origin.caller(), body.displayName())
                        .map(User::new));
        calls.authenticated(
                Method.POST,
                "/me/password",
                204,
                Requests.ChangePassword.class,
                Void.class,
                (origin, body) -> accounts.changePassword(origin.caller(), body));
        calls.authenticated(
                Method.DELETE,
                "/me",
                204,
                Requests.Delete.class,
                Void.class,
                (origin, body) -> deletions.delete(origin.caller(), body.password()));
        calls.authenticated(
                Method.GET, "/users", 200, Requests.Find.class, Answers.Users.class, (origin, body) -> throttle.lookup(
                                origin.caller().user())
                        .compose(allowed -> accounts.find(body.username()))
                        .map(Answers.Users::new));
    }

    /** The frames. */
    public void register(Routes routes) {
        routes.on("users.get", Requests.GetUsers.class, Answers.Users.class, (caller, body) -> accounts.profiles(
                        body.users())
                .map(Answers.Users::new));
        routes.pushes("profile", User.class);
    }

    /**
     * An {@link im.hongyan.protocol.Authenticator}: needs no store, so that it works whatever is away. The caller's
     * connection is null.
     */
    public Future<Caller> authenticate(String accessToken) {
        try {
            AccessTokens.Bearer bearer = accessTokens.verify(accessToken);
            return revocations.contains(bearer.session())
                    ? Future.failedFuture(
                            Rejection.unauthenticated("session.revoked", "this device has been signed out"))
                    : Future.succeededFuture(new Caller(bearer.user(), bearer.session(), null));
        } catch (Rejection e) {
            return Future.failedFuture(e);
        }
    }

    /** Those of the users whose account exists and is not deleted. */
    public Future<Set<UserId>> activeUsers(Collection<UserId> users) {
        return accounts.profiles(users).map(profiles -> profiles.stream()
                .filter(profile -> profile.deleted() == null)
                .map(Profile::id)
                .collect(Collectors.toSet()));
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
    public Future<Void> createUsers(BulkOrder order, Consumer<String> lines) {
        return bulkUsers.create(order, lines);
    }

    public Future<Void> stop() {
        housekeeping.stop();
        return passwords.close();
    }
}
