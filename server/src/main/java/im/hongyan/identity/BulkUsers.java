package im.hongyan.identity;

import im.hongyan.async.Repeat;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Creates users by the thousand, for tests and load: one password hash for all, many users per statement. */
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

    /** One line of output; tokens are null without a session. */
    private record Line(UserId user, String username, String accessToken, String refreshToken) {
        @Override
        public String toString() {
            return "Line[" + user + "]";
        }
    }

    /** A user to create; {@code begun} is null without a session. */
    private record NewUser(Account account, Sessions.NewSession begun) {
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

    Future<Void> create(BulkUsersRequest request, Consumer<String> lines) {
        Password password;
        try {
            password = Password.of(request.password()).choose("password", request.prefix());
        } catch (Rejection e) {
            return Future.failedFuture(e);
        }
        return credentials.hash(password).compose(hash -> create(request, hash, lines));
    }

    private Future<Void> create(BulkUsersRequest request, String hash, Consumer<String> lines) {
        AtomicInteger left = new AtomicInteger(request.count());
        AtomicLong next = new AtomicLong(1);
        return Repeat.untilLast(() -> {
            long first = next.get();
            if (first > BulkUsersRequest.HIGHEST) {
                throw Rejection.conflict("username.taken", "no unused usernames are left for this prefix");
            }
            int size = (int) Math.min(Math.min(left.get(), BATCH), BulkUsersRequest.HIGHEST - first + 1);
            List<NewUser> users = new ArrayList<>(size);
            for (long number = first; number < first + size; number++) {
                users.add(user(request, hash, number));
            }
            // Skips names that are taken, for example by an earlier run.
            next.addAndGet(size);
            return store(users).map(stored -> {
                stored.forEach(user -> lines.accept(codec.json(user.line())));
                return left.addAndGet(-stored.size()) == 0;
            });
        });
    }

    private NewUser user(BulkUsersRequest request, String hash, long number) {
        String name = request.prefix() + BulkUsersRequest.digits(number);
        Account account = new Account(new UserId(Id.next()), name, name, hash);
        return new NewUser(account, request.sessions() ? sessions.begin(account.profile(), null, null) : null);
    }

    private Future<List<NewUser>> store(List<NewUser> users) {
        List<Account> accounts = users.stream().map(NewUser::account).toList();
        List<SessionRow> begun = users.stream()
                .filter(user -> user.begun() != null)
                .map(user -> user.begun().session())
                .toList();
        return store.create(accounts, begun, clock.instant()).map(created -> users.stream()
                .filter(user -> created.contains(user.account().id()))
                .toList());
    }
}
