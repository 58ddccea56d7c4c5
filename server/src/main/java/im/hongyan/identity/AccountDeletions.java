package im.hongyan.identity;

import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes accounts. One transaction deletes the account's data, ends its sessions and schedules the clean-up of the
 * other features. After the commit this node ends the sessions at once, and the others when they read the revocations;
 * then the clean-up hooks run.
 *
 * <p>The hooks run again after {@link #LEASE}, on whichever node finds the clean-up due, until one such run succeeds.
 * So they always run at least once after the sessions have ended on every node, and find what was still under way in
 * the first run, such as the user being added to a group. In each run, every hook is called, even if an earlier one
 * fails.
 */
final class AccountDeletions {
    private static final Logger LOG = LoggerFactory.getLogger(AccountDeletions.class);

    /** Longer than any request may take. If a clean-up takes longer, another node may begin it, too. */
    static final Duration LEASE = Duration.ofMinutes(1);

    private final AccountStore store;
    private final CredentialVerifier credentials;
    private final Revocations revocations;
    private final Consumer<Profile> announce;
    private final InstantSource clock;
    private final List<Hook> hooks = new CopyOnWriteArrayList<>();

    private record Hook(String name, Function<UserId, Future<Void>> action) {}

    AccountDeletions(
            AccountStore store,
            CredentialVerifier credentials,
            Revocations revocations,
            Consumer<Profile> announce,
            InstantSource clock) {
        this.store = store;
        this.credentials = credentials;
        this.revocations = revocations;
        this.announce = announce;
        this.clock = clock;
    }

    /**
     * Adds a hook; hooks run one after the other, in the order in which they were added.
     *
     * @param name for the log
     * @param action must be idempotent: it is called several times for one user, perhaps on several nodes at once
     */
    void addHook(String name, Function<UserId, Future<Void>> action) {
        hooks.add(new Hook(name, action));
    }

    /** Succeeds when the account is deleted for good. The clean-up may take a little longer. */
    Future<Void> delete(Principal caller, Password password) {
        Instant now = clock.instant();
        return credentials
                .confirm(caller, "password", password)
                .compose(account -> store.delete(account, now, now.plus(LEASE)))
                .compose(ended -> ended.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(IdentityErrors.wrongPassword("password"))))
                .onSuccess(ended -> {
                    revocations.add(ended);
                    announce.accept(Profile.ofDeleted(caller.user()));
                    runHooks(caller.user());
                })
                .mapEmpty();
    }

    /** Runs the clean-ups that are due. */
    Future<Void> resume() {
        return store.claimCleanups(clock.instant(), LEASE)
                .compose(users -> Future.join(users.stream().map(this::finish).toList()))
                .mapEmpty();
    }

    /** Never fails: a clean-up that does is due again after the lease. */
    private Future<Void> finish(UserId user) {
        return runHooks(user)
                .compose(succeeded -> succeeded ? store.cleaned(user) : Future.succeededFuture())
                .otherwiseEmpty();
    }

    /** @return whether all hooks succeeded; never fails */
    private Future<Boolean> runHooks(UserId user) {
        Future<Boolean> all = Future.succeededFuture(true);
        for (Hook hook : hooks) {
            all = all.compose(before -> run(hook, user).map(succeeded -> before && succeeded));
        }
        return all;
    }

    private static Future<Boolean> run(Hook hook, UserId user) {
        return Future.<Void>succeededFuture()
                .compose(none -> hook.action().apply(user))
                .timeout(LEASE.toSeconds(), TimeUnit.SECONDS)
                .map(true)
                .onFailure(failure -> LOG.warn(
                        "{}: cleaning up after the deletion of user {} failed and will be retried in {} s",
                        hook.name(),
                        user,
                        LEASE.toSeconds(),
                        failure))
                .otherwise(false);
    }
}
