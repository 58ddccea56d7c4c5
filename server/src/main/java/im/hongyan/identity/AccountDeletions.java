package im.hongyan.identity;

import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts that end. Their data goes and their sessions end in one transaction, which also notes that there is work left
 * elsewhere. That is begun at once and done again after {@link #LEASE}, by whichever node finds it due, until it
 * succeeds: the second time finds what was still under way the first time, such as being added to a group.
 */
final class AccountDeletions {
    private static final Logger LOG = LoggerFactory.getLogger(AccountDeletions.class);

    /** Longer than any call may take; a clean-up that takes longer may be begun by another node, too. */
    static final Duration LEASE = Duration.ofMinutes(1);

    private final AccountStore store;
    private final CredentialVerifier credentials;
    private final Revocations revocations;
    private final Consumer<Profile> announce;
    private final Function<UserId, Future<Void>> cleanUp;
    private final InstantSource clock;

    /** @param cleanUp may be called several times for one user */
    AccountDeletions(
            AccountStore store,
            CredentialVerifier credentials,
            Revocations revocations,
            Consumer<Profile> announce,
            Function<UserId, Future<Void>> cleanUp,
            InstantSource clock) {
        this.store = store;
        this.credentials = credentials;
        this.revocations = revocations;
        this.announce = announce;
        this.cleanUp = cleanUp;
        this.clock = clock;
    }

    /** Succeeds when the account is gone for good; leaving the groups may take a little longer. */
    Future<Void> delete(Principal caller, Password password) {
        Instant now = clock.instant();
        return credentials
                .confirm(caller.user(), "password", password)
                .compose(account -> store.delete(account, now, now.plus(LEASE)))
                .compose(ended -> ended.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(CredentialVerifier.wrong("password"))))
                .onSuccess(ended -> {
                    revocations.add(ended);
                    announce.accept(Profile.ofDeleted(caller.user()));
                    cleanUp(caller.user());
                })
                .mapEmpty();
    }

    /** Takes on the clean-ups that are due. */
    Future<Void> resume() {
        return store.claimCleanups(clock.instant(), LEASE)
                .compose(users -> Future.join(users.stream().map(this::finish).toList()))
                .mapEmpty();
    }

    /** Never fails: what goes wrong is due again when the lease is over. */
    private Future<Void> finish(UserId user) {
        return cleanUp(user).compose(done -> store.cleaned(user)).otherwiseEmpty();
    }

    private Future<Void> cleanUp(UserId user) {
        return Future.<Void>succeededFuture()
                .compose(nothing -> cleanUp.apply(user))
                .onFailure(failure -> LOG.warn(
                        "cleaning up after the deleted user {} failed; it will be tried again", user, failure));
    }
}
