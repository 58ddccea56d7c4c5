package im.hongyan.identity;

import im.hongyan.identity.IdentityResponses.SignedIn;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** Registration, sign-in, profiles and passwords. */
final class Accounts {
    private final AccountStore store;
    private final Sessions sessions;
    private final CredentialVerifier credentials;
    private final Revocations revocations;
    private final Consumer<Profile> announce;
    private final InstantSource clock;

    /** @param announce pushes a changed profile */
    Accounts(
            AccountStore store,
            Sessions sessions,
            CredentialVerifier credentials,
            Revocations revocations,
            Consumer<Profile> announce,
            InstantSource clock) {
        this.store = store;
        this.sessions = sessions;
        this.credentials = credentials;
        this.revocations = revocations;
        this.announce = announce;
        this.clock = clock;
    }

    Future<SignedIn> register(IdentityRequests.Register request, Client client) {
        return credentials.hash(client, request.password()).compose(hash -> {
            Account account = new Account(
                    new UserId(Id.next()),
                    request.username().text(),
                    request.displayName().text(),
                    hash);
            Sessions.NewSession begun = sessions.begin(account.profile(), request.device(), client);
            return store.create(List.of(account), List.of(begun.session()), clock.instant())
                    .compose(created -> created.isEmpty()
                            ? Future.failedFuture(Rejection.conflict("username.taken", "this username is taken")
                                    .at("username"))
                            : Future.succeededFuture(begun.answer()));
        });
    }

    Future<SignedIn> signIn(IdentityRequests.SignIn request, Client client) {
        return credentials
                .signIn(request.username(), request.password(), client)
                .compose(account -> sessions.open(account, request.device(), client)
                        .onSuccess(opened -> credentials.rehashIfOutdated(account, request.password())));
    }

    Future<Profile> me(Principal caller) {
        return store.byId(caller.user())
                .compose(found -> found.map(account -> Future.succeededFuture(account.profile()))
                        .orElseGet(() -> Future.failedFuture(IdentityErrors.unknownUser())));
    }

    Future<Profile> rename(Principal caller, DisplayName name) {
        return store.rename(caller.user(), name)
                .compose(renamed -> renamed.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(IdentityErrors.unknownUser())))
                .onSuccess(announce::accept);
    }

    /** Changes the password and ends the caller's other sessions. */
    Future<Void> changePassword(Principal caller, IdentityRequests.ChangePassword change) {
        return credentials
                .confirm(caller, "oldPassword", change.oldPassword())
                .compose(account -> credentials
                        .hash(caller, change.newPassword().choose("newPassword", account.username()))
                        .compose(hash -> store.changePassword(account, hash, caller.session(), clock.instant())))
                .compose(ended -> ended.map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(IdentityErrors.wrongPassword("oldPassword"))))
                .onSuccess(revocations::add)
                .mapEmpty();
    }

    /** The user of this name; an empty list if there is none. */
    Future<List<Profile>> find(Username username) {
        return store.byUsername(username)
                .map(found -> found.map(Account::profile).stream().toList());
    }

    /** The profiles of the users that exist, deleted accounts included. */
    Future<List<Profile>> profiles(Collection<UserId> users) {
        return users.isEmpty() ? Future.succeededFuture(List.of()) : store.profiles(users);
    }
}
