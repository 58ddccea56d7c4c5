package im.hongyan.identity;

import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Verifies passwords within the rate limits. */
final class CredentialVerifier {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialVerifier.class);

    private final AccountStore accounts;
    private final Passwords passwords;
    private final RateLimiter rateLimiter;

    CredentialVerifier(AccountStore accounts, Passwords passwords, RateLimiter rateLimiter) {
        this.accounts = accounts;
        this.passwords = passwords;
        this.rateLimiter = rateLimiter;
    }

    /** Gives the same answer after the same time, whether the username or the password is wrong. */
    Future<Account> signIn(Username username, Password password) {
        return rateLimiter.password(username.text()).compose(taken -> accounts.byUsername(username)
                .compose(found -> verified(found, password))
                .compose(account -> account.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(IdentityErrors.wrongCredentials())))
                .onSuccess(account -> rateLimiter.giveBack(taken)));
    }

    /** Verifies the password of a user who is signed in, before a change that needs it. */
    Future<Account> confirm(UserId user, String field, Password password) {
        return accounts.byId(user).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(IdentityErrors.unknownUser());
            }
            return rateLimiter.password(found.get().username()).compose(taken -> verified(found, password)
                    .compose(account -> account.map(Future::succeededFuture)
                            .orElseGet(() -> Future.failedFuture(IdentityErrors.wrongPassword(field))))
                    .onSuccess(account -> rateLimiter.giveBack(taken)));
        });
    }

    private Future<Optional<Account>> verified(Optional<Account> account, Password password) {
        return passwords
                .verify(password, account.map(Account::password).orElse(null))
                .map(matches -> matches ? account : Optional.empty());
    }

    Future<String> hash(Password password) {
        return passwords.hash(password);
    }

    /** Hashes and stores the password again if its hash has outdated parameters. Runs in the background. */
    void rehashIfOutdated(Account account, Password password) {
        if (passwords.outdated(account.password())) {
            passwords
                    .hash(password)
                    .compose(hash -> accounts.rehash(account, hash))
                    .onFailure(e -> LOG.debug("rehashing a password failed; the next sign-in retries", e));
        }
    }
}
