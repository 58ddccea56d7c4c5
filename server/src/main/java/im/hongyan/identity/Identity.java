package im.hongyan.identity;

import im.hongyan.identity.IdentityResponses.User;
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
import java.util.function.Function;

/**
 * Accounts, sessions (signed-in devices) and tokens.
 *
 * <p>Call {@link #start} before a port opens; then all methods may be called on any thread.
 */
public final class Identity {
    private final AccessTokens accessTokens;
    private final Revocations revocations;
    private final Sessions sessions;
    private final Accounts accounts;
    private final AccountDeletions deletions;
    private final BulkUsers bulkUsers;
    private final RateLimiter rateLimiter;
    private final Passwords passwords;
    private final DeviceTokens deviceTokens;
    private final IdentityTasks tasks;

    /** @param clock the source of all times, for tests */
    public Identity(
            Vertx vertx,
            Postgres postgres,
            Redis redis,
            IdentitySettings settings,
            IdentityEvents events,
            FrameCodec codec,
            InstantSource clock) {
        SessionStore sessionStore = new SessionStore(postgres);
        AccountStore accountStore = new AccountStore(postgres, sessionStore);
        Consumer<Profile> announce = new ProfilePushes(vertx, codec, events, user -> accountStore
                .profiles(List.of(user))
                .map(found -> found.get(0)))::changed;
        accessTokens = new AccessTokens(
                settings.keys(), settings.issuer(), settings.audience(), settings.accessToken(), clock);
        deviceTokens = new DeviceTokens(settings.keys(), clock);
        revocations = new Revocations(new RevocationStore(postgres), events, settings.accessToken(), clock);
        passwords = new Passwords(vertx, settings.hashing());
        rateLimiter = new RateLimiter(new RateLimitStore(redis), settings.limits(), clock);
        sessions = new Sessions(sessionStore, revocations, accessTokens, settings.refreshToken(), clock);
        CredentialVerifier credentials = new CredentialVerifier(accountStore, passwords, rateLimiter);
        accounts = new Accounts(accountStore, sessions, credentials, revocations, announce, clock);
        deletions = new AccountDeletions(accountStore, credentials, revocations, announce, clock);
        bulkUsers = new BulkUsers(accountStore, sessions, credentials, codec, clock);
        tasks = new IdentityTasks(vertx, revocations, sessions, deletions);
    }

    /** Adds the HTTP routes. */
    public void register(HttpRoutes routes) {
        routes.anonymous(
                Method.POST,
                "/accounts",
                201,
                IdentityRequests.Register.class,
                IdentityResponses.SignedIn.class,
                (context, body) -> rateLimiter
                        .registration(context.address())
                        .compose(allowed -> accounts.register(body, client(context, body.username())))
                        .onSuccess(done -> deviceTokens.remember(body.username(), context.cookies())));
        routes.anonymous(
                Method.POST,
                "/sessions",
                201,
                IdentityRequests.SignIn.class,
                IdentityResponses.SignedIn.class,
                (context, body) -> accounts.signIn(body, client(context, body.username()))
                        .onSuccess(done -> deviceTokens.remember(body.username(), context.cookies())));
        routes.anonymous(
                Method.POST,
                "/sessions/refresh",
                200,
                IdentityRequests.Refresh.class,
                IdentityResponses.SignedIn.class,
                (context, body) -> rateLimiter
                        .refresh(context.address())
                        .compose(allowed -> sessions.refresh(body.refreshToken(), context.address())));
        registerDevices(routes);
        registerMe(routes);
    }

    private Client client(HttpRoutes.RequestContext context, Username username) {
        return new Client(context.address(), deviceTokens.device(username, context.cookies()));
    }

    private void registerDevices(HttpRoutes routes) {
        routes.authenticated(
                Method.GET,
                "/sessions",
                200,
                IdentityRequests.Empty.class,
                IdentityResponses.Devices.class,
                (context, body) -> sessions.list(context.principal()).map(IdentityResponses.Devices::new));
        routes.authenticated(
                Method.DELETE,
                "/sessions/current",
                204,
                IdentityRequests.Empty.class,
                Void.class,
                (context, body) -> sessions.signOut(context.principal()));
        routes.authenticated(
                Method.DELETE,
                "/sessions/:id",
                204,
                IdentityRequests.RevokeSession.class,
                Void.class,
                (context, body) -> sessions.revoke(context.principal(), body.id()));
    }

    private void registerMe(HttpRoutes routes) {
        routes.authenticated(
                Method.GET, "/me", 200, IdentityRequests.Empty.class, User.class, (context, body) -> accounts.me(
                                context.principal())
                        .map(User::new));
        routes.authenticated(
                Method.PATCH, "/me", 200, IdentityRequests.Rename.class, User.class, (context, body) -> accounts.rename(
                                context.principal(), body.displayName())
                        .map(User::new));
        routes.authenticated(
                Method.POST,
                "/me/password",
                204,
                IdentityRequests.ChangePassword.class,
                Void.class,
                (context, body) -> accounts.changePassword(context.principal(), body));
        routes.authenticated(
                Method.DELETE,
                "/me",
                204,
                IdentityRequests.Delete.class,
                Void.class,
                (context, body) -> deletions.delete(context.principal(), body.password()));
        routes.authenticated(
                Method.GET,
                "/users",
                200,
                IdentityRequests.Find.class,
                IdentityResponses.Users.class,
                (context, body) -> rateLimiter
                        .lookup(context.principal().user())
                        .compose(allowed -> accounts.find(body.username()))
                        .map(IdentityResponses.Users::new));
    }

    /** Adds the frames. */
    public void register(FrameRoutes routes) {
        routes.on(
                "users.get",
                IdentityRequests.GetUsers.class,
                IdentityResponses.Users.class,
                (caller, body) -> accounts.profiles(body.users()).map(IdentityResponses.Users::new));
        routes.declarePush("profile", User.class);
    }

    /**
     * An {@link im.hongyan.protocol.Authenticator}. It needs no store, so that it works while one is unavailable. The
     * connection of the principal is null.
     */
    public Future<Principal> authenticate(String accessToken) {
        try {
            AccessTokens.Bearer bearer = accessTokens.verify(accessToken);
            return revocations.contains(bearer.session())
                    ? Future.failedFuture(IdentityErrors.revokedSession())
                    : Future.succeededFuture(new Principal(bearer.user(), bearer.session(), null));
        } catch (Rejection e) {
            return Future.failedFuture(e);
        }
    }

    /**
     * Adds what happens after an account was deleted and its sessions have ended. Before {@link #start}.
     *
     * @param name for the log
     * @param hook called until it succeeds, perhaps on another node: it must be idempotent. A hook that fails does not
     *     keep the others from running
     */
    public void onAccountDeleted(String name, Function<UserId, Future<Void>> hook) {
        deletions.addHook(name, hook);
    }

    /** The profiles of the users that exist, deleted accounts included, in any order; one query. */
    public Future<List<Profile>> profiles(Collection<UserId> users) {
        return accounts.profiles(users);
    }

    /** Another node has revoked the sessions. In force at once, ahead of the next poll. */
    public void revokedElsewhere(Collection<SessionId> sessions) {
        revocations.addRemote(sessions);
    }

    /** Loads the revocations and starts the background work. Fails if PostgreSQL is unavailable. */
    public Future<Void> start() {
        return revocations.load().onSuccess(loaded -> tasks.start());
    }

    /** Runs what otherwise happens every second: the revocations of other nodes are in force when this succeeds. */
    Future<Void> pollRevocations() {
        return revocations.poll();
    }

    /** Runs what otherwise happens every minute. */
    Future<Void> runMaintenance() {
        return tasks.everyMinute();
    }

    /**
     * Creates many users. Needs neither {@link #start} nor {@link #stop}.
     *
     * @param lines gets one JSON object per user, after the user is stored
     */
    public Future<Void> createUsers(BulkUsersRequest request, Consumer<String> lines) {
        return bulkUsers.create(request, lines);
    }

    public Future<Void> stop() {
        return tasks.stop().eventually(passwords::close);
    }
}
