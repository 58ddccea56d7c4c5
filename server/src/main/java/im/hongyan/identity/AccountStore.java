package im.hongyan.identity;

import static im.hongyan.identity.Columns.time;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The table {@code account}. */
final class AccountStore {
    private static final String INSERT =
            """
            INSERT INTO account (id, username, username_hash, display_name, password, created_at)
            SELECT id, username, sha256(convert_to(username, 'UTF8')), display_name, password, $5
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
                AS fresh (id, username, display_name, password)
            ON CONFLICT (username_hash) DO NOTHING
            RETURNING id
            """;

    private static final String FOR_SIGN_IN =
            """
            SELECT id, username, display_name, password,
                   EXISTS (SELECT FROM session WHERE user_id = account.id AND network = $2) AS known
            FROM account WHERE deleted_at IS NULL AND username_hash = sha256(convert_to($1, 'UTF8'))
            """;

    private static final String BY_USERNAME =
            """
            SELECT id, username, display_name, password FROM account
            WHERE deleted_at IS NULL AND username_hash = sha256(convert_to($1, 'UTF8'))
            """;

    private static final String BY_ID =
            "SELECT id, username, display_name, password FROM account WHERE deleted_at IS NULL AND id = $1";

    private static final String PROFILES =
            "SELECT id, username, display_name, deleted_at FROM account WHERE id = ANY($1)";

    private static final String RENAME =
            """
            UPDATE account SET display_name = $2 WHERE id = $1 AND deleted_at IS NULL
            RETURNING id, username, display_name, deleted_at
            """;

    private static final String SET_PASSWORD = "UPDATE account SET password = $3 WHERE id = $1 AND password = $2";

    private static final String DELETE =
            """
            UPDATE account
            SET username = NULL, display_name = '', password = NULL, deleted_at = $3, cleanup_at = $4
            WHERE id = $1 AND password = $2
            """;

    private static final String CLAIM_CLEANUPS =
            """
            UPDATE account SET cleanup_at = $2
            WHERE id IN (
                SELECT id FROM account WHERE cleanup_at <= $1
                ORDER BY cleanup_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            RETURNING id
            """;

    private static final String CLEANED = "UPDATE account SET cleanup_at = NULL WHERE id = $1";

    private static final int CLEANUP_BATCH = 20;

    private final Postgres postgres;
    private final SessionStore sessions;

    AccountStore(Postgres postgres, SessionStore sessions) {
        this.postgres = postgres;
        this.sessions = sessions;
    }

    /**
     * Stores, in one transaction, the accounts whose usernames have never been used, with their first sessions.
     *
     * @param first the sessions of some of the accounts
     * @return the accounts that were stored, in any order
     */
    Future<Set<UserId>> create(List<Account> accounts, List<SessionRow> first, Instant now) {
        return postgres.transaction(
                transaction -> insert(transaction, accounts, now).compose(created -> {
                    List<SessionRow> stored = first.stream()
                            .filter(session -> created.contains(session.user()))
                            .toList();
                    return stored.isEmpty()
                            ? Future.succeededFuture(created)
                            : sessions.create(transaction, stored).map(created);
                }));
    }

    private Future<Set<UserId>> insert(Transaction transaction, List<Account> accounts, Instant now) {
        return transaction
                .query(
                        INSERT,
                        Tuple.of(
                                accounts.stream()
                                        .map(account -> account.id().value())
                                        .toArray(UUID[]::new),
                                accounts.stream().map(Account::username).toArray(String[]::new),
                                accounts.stream().map(Account::displayName).toArray(String[]::new),
                                accounts.stream().map(Account::password).toArray(String[]::new),
                                time(now)))
                .map(rows -> Set.copyOf(ids(rows)));
    }

    /**
     * What a sign-in needs.
     *
     * @param known whether the account has a session at the client's network
     */
    record SignInAccount(Optional<Account> account, boolean known) {}

    /** One statement, so that timing does not reveal whether the account exists. */
    Future<SignInAccount> forSignIn(Username username, String network) {
        return postgres.critical(FOR_SIGN_IN, Tuple.of(username.text(), network))
                .map(rows -> new SignInAccount(
                        stream(rows).findFirst().map(AccountStore::account),
                        stream(rows).anyMatch(row -> row.getBoolean("known"))));
    }

    Future<Optional<Account>> byUsername(Username username) {
        return account(BY_USERNAME, username.text());
    }

    Future<Optional<Account>> byId(UserId id) {
        return account(BY_ID, id.value());
    }

    private Future<Optional<Account>> account(String sql, Object argument) {
        return postgres.critical(sql, Tuple.of(argument))
                .map(rows -> stream(rows).findFirst().map(AccountStore::account));
    }

    /** The profiles of the users that exist, deleted accounts included, in any order. */
    Future<List<Profile>> profiles(Collection<UserId> users) {
        return postgres.query(
                        PROFILES, Tuple.of(users.stream().map(UserId::value).toArray(UUID[]::new)))
                .map(rows -> stream(rows).map(AccountStore::profile).toList());
    }

    /** @return empty if the account does not exist any more */
    Future<Optional<Profile>> rename(UserId user, DisplayName name) {
        return postgres.write(RENAME, Tuple.of(user.value(), name.text()))
                .map(rows -> stream(rows).findFirst().map(AccountStore::profile));
    }

    /**
     * Changes the password and ends the other sessions.
     *
     * @return the sessions that ended; empty if the password has changed since {@code account} was read
     */
    Future<Optional<List<SessionId>>> changePassword(Account account, String hash, SessionId kept, Instant now) {
        return postgres.transaction(transaction -> transaction
                .query(SET_PASSWORD, Tuple.of(account.id().value(), account.password(), hash))
                .compose(rows -> ifDone(rows, () -> sessions.revokeOthers(transaction, account.id(), kept, now))));
    }

    /** Replaces the hash of the same password, unless the password has changed meanwhile. */
    Future<Void> rehash(Account account, String hash) {
        return postgres.write(SET_PASSWORD, Tuple.of(account.id().value(), account.password(), hash))
                .mapEmpty();
    }

    /**
     * Turns the account into a tombstone, schedules its clean-up for {@code cleanupAt}, and ends all its sessions.
     *
     * @return the sessions that ended; empty if the password has changed since {@code account} was read
     */
    Future<Optional<List<SessionId>>> delete(Account account, Instant now, Instant cleanupAt) {
        return postgres.transaction(transaction -> transaction
                .query(DELETE, Tuple.of(account.id().value(), account.password(), time(now), time(cleanupAt)))
                .compose(rows -> ifDone(rows, () -> sessions.revokeAll(transaction, account.id(), now))));
    }

    /** A separate statement, so that it sees the sessions that were opened while the update waited for its lock. */
    private static Future<Optional<List<SessionId>>> ifDone(
            RowSet<Row> rows, Supplier<Future<List<SessionId>>> revoking) {
        return rows.rowCount() == 1 ? revoking.get().map(Optional::of) : Future.succeededFuture(Optional.empty());
    }

    /** Claims clean-ups that are due; other nodes do not get them before {@code lease} has passed. */
    Future<List<UserId>> claimCleanups(Instant now, Duration lease) {
        return postgres.write(CLAIM_CLEANUPS, Tuple.of(time(now), time(now.plus(lease)), CLEANUP_BATCH))
                .map(AccountStore::ids);
    }

    Future<Void> cleaned(UserId user) {
        return postgres.write(CLEANED, Tuple.of(user.value())).mapEmpty();
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }

    private static List<UserId> ids(RowSet<Row> rows) {
        return stream(rows).map(row -> new UserId(row.getUUID("id"))).toList();
    }

    private static Account account(Row row) {
        return new Account(
                new UserId(row.getUUID("id")),
                row.getString("username"),
                row.getString("display_name"),
                row.getString("password"));
    }

    private static Profile profile(Row row) {
        UserId id = new UserId(row.getUUID("id"));
        return row.getOffsetDateTime("deleted_at") == null
                ? Profile.of(id, row.getString("username"), row.getString("display_name"))
                : Profile.ofDeleted(id);
    }
}
