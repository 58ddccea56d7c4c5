package im.hongyan.identity;

import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out whether somebody knows an account's password, no faster than the limits allow. */
final class CredentialVerifier {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialVerifier.class);

    private final AccountStore accounts;
    private final Passwords passwords;
    private final RateLimiter throttle;

    CredentialVerifier(AccountStore accounts, Passwords passwords, RateLimiter throttle) {
        this.accounts = accounts;
        this.passwords = passwords;
        this.throttle = throttle;
    }

    static Rejection wrong() {
        return Rejection.unauthenticated("credentials.wrong", "the username or the password is wrong");
    }

    /** Answers alike, and takes as long, whether the name or the password is wrong. */
    Future<Account> signIn(Username username, Password password) {
        return throttle.password(username.text()).compose(taken -> accounts.byUsername(username)
                .compose(found -> verified(found, password))
                .compose(account -> account.map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(wrong())))
                .onSuccess(account -> throttle.giveBack(taken)));
    }

    /** Has somebody who is signed in show that it is really they. */
    Future<Account> confirm(UserId user, String field, Password password) {
        return accounts.byId(user).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(Accounts.unknown());
            }
            return throttle.password(found.get().username()).compose(taken -> verified(found, password)
                    .compose(account ->
                            account.map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(wrong(field))))
                    .onSuccess(account -> throttle.giveBack(taken)));
        });
    }

    static Rejection wrong(String field) {
        return Rejection.forbidden("password.wrong", "this is not your password")
                .at(field);
    }

    private Future<Optional<Account>> verified(Optional<Account> account, Password password) {
        return passwords
                .verify(password, account.map(Account::password).orElse(null))
                .map(right -> right ? account : Optional.empty());
    }

    Future<String> hash(Password password) {
        return passwords.hash(password);
    }

    /** Stores the password with today's parameters if it was hashed with others. Nobody waits for it. */
    void renew(Account account, Password password) {
        if (passwords.outdated(account.password())) {
            passwords
                    .hash(password)
                    .compose(hash -> accounts.rehash(account, hash))
                    .onFailure(e -> LOG.debug("a password was not rehashed; the next sign-in tries again", e));
        }
    }
}
