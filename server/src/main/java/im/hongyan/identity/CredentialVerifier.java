package im.hongyan.identity;

import im.hongyan.protocol.Principal;
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
    Future<Account> signIn(Username username, Password password, Client client) {
        return rateLimiter
                .signIn(client)
                .compose(none -> accounts.forSignIn(username, client.network().narrow()))
                .compose(found -> rateLimiter
                        .password(username, client, found.known())
                        .compose(taken -> verified(found.account(), password, line(username, client, found.known()))
                                .compose(account -> account.map(Future::succeededFuture)
                                        .orElseGet(() -> Future.failedFuture(IdentityErrors.wrongCredentials())))
                                .onSuccess(account -> rateLimiter.giveBack(taken))));
    }

    /** A recognized user has a separate line for hashing and does not wait for strangers at the same address. */
    private static String line(Username username, Client client, boolean known) {
        return known || client.device().isPresent()
                ? "user:" + username.text()
                : "sign-in:" + client.network().wide();
    }

    /** Verifies the password of a user who is signed in, before a change that needs it. */
    Future<Account> confirm(Principal caller, String field, Password password) {
        return accounts.byId(caller.user()).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(IdentityErrors.unknownUser());
            }
            return rateLimiter.confirmation(caller.session()).compose(taken -> verified(found, password, line(caller))
                    .compose(account -> account.map(Future::succeededFuture)
                            .orElseGet(() -> Future.failedFuture(IdentityErrors.wrongPassword(field))))
                    .onSuccess(account -> rateLimiter.giveBack(taken)));
        });
    }

    private Future<Optional<Account>> verified(Optional<Account> account, Password password, String line) {
        return passwords
                .verify(line, password, account.map(Account::password).orElse(null))
                .map(matches -> matches ? account : Optional.empty());
    }

    /** Hashes the new password of a signed-in user. */
    Future<String> hash(Principal caller, Password password) {
        return passwords.hash(line(caller), password);
    }

    /** Hashes the password of a new account. */
    Future<String> hash(Client client, Password password) {
        return passwords.hash("registration:" + client.network().wide(), password);
    }

    /** Hashes a password for a command. */
    Future<String> hash(Password password) {
        return passwords.hash("command", password);
    }

    private static String line(Principal caller) {
        return "session:" + caller.session().text();
    }

    /** Hashes and stores the password again if its hash has outdated parameters. Runs in the background. */
    void rehashIfOutdated(Account account, Password password) {
        if (passwords.outdated(account.password())) {
            passwords
                    .hash("rehash", password)
                    .compose(hash -> accounts.rehash(account, hash))
                    .onFailure(e -> LOG.debug("rehashing a password failed; the next sign-in retries", e));
        }
    }
}
