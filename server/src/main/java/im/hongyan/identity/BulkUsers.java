package im.hongyan.identity;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes people by the thousand, for tests and load: one hash for all of them, many to a statement. */
final class BulkUsers {
    private static final int BATCH = 500;

    private final AccountStore store;
    private final Sessions sessions;
    private final CredentialVerifier credentials;
    private final FrameCodec codec;
    private final InstantSource clock;

    BulkUsers(
            AccountStore store,
            Sessions sessions,
            CredentialVerifier credentials,
            FrameCodec codec,
            InstantSource clock) {
        this.store = store;
        this.sessions = sessions;
        this.credentials = credentials;
        this.codec = codec;
        this.clock = clock;
    }

    /** What the output says of one user; tokens only where a session was asked for. */
    private record Line(UserId user, String username, String accessToken, String refreshToken) {
        @Override
        public String toString() {
            return "Line[" + user + "]";
        }
    }

    /** One user to be, with an answer if there is to be a session. */
    private record Draft(Account account, Sessions.Begun begun) {
        Line line() {
            return begun == null
                    ? new Line(account.id(), account.username(), null, null)
                    : new Line(
                            account.id(),
                            account.username(),
                            begun.answer().accessToken(),
                            begun.answer().refreshToken());
        }
    }

    Future<Void> create(BulkUsersRequest order, Consumer<String> lines) {
        Password password;
        try {
            password = Password.of(order.password()).choose("password", order.prefix());
        } catch (Rejection e) {
            return Future.failedFuture(e);
        }
        return credentials.hash(password).compose(hash -> create(order, hash, 1, order.count(), lines));
    }

    private Future<Void> create(BulkUsersRequest order, String hash, long first, int left, Consumer<String> lines) {
        if (left == 0) {
            return Future.succeededFuture();
        }
        if (first > BulkUsersRequest.HIGHEST) {
            return Future.failedFuture(Rejection.conflict("username.taken", "there are no more names of this prefix"));
        }
        int size = (int) Math.min(Math.min(left, BATCH), BulkUsersRequest.HIGHEST - first + 1);
        List<Draft> drafts = new ArrayList<>(size);
        for (long number = first; number < first + size; number++) {
            drafts.add(draft(order, hash, number));
        }
        return store(drafts).compose(stored -> {
            stored.forEach(draft -> lines.accept(codec.json(draft.line())));
            // Names that are taken, by an earlier run say, are passed over.
            return create(order, hash, first + size, left - stored.size(), lines);
        });
    }

    private Draft draft(BulkUsersRequest order, String hash, long number) {
        String name = order.prefix() + BulkUsersRequest.digits(number);
        Account account = new Account(new UserId(Id.next()), name, name, hash);
        return new Draft(account, order.sessions() ? sessions.begin(account.profile(), null) : null);
    }

    private Future<List<Draft>> store(List<Draft> drafts) {
        List<Account> accounts = drafts.stream().map(Draft::account).toList();
        List<Session> begun = drafts.stream()
                .filter(draft -> draft.begun() != null)
                .map(draft -> draft.begun().session())
                .toList();
        return store.create(accounts, begun, clock.instant()).map(created -> drafts.stream()
                .filter(draft -> created.contains(draft.account().id()))
                .toList());
    }
}
