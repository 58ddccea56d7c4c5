package im.hongyan.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Mutation tests of constraints and locks: an adversary finds no problem with the real schema and statements, and finds
 * one when a single constraint or lock is removed. Interleavings are produced with transactions that the test holds
 * open.
 */
public abstract class AbstractMutationTest {
    /** Tries to break an invariant; returns the problems that it found. */
    @FunctionalInterface
    protected interface Adversary {
        List<String> attack() throws Exception;
    }

    protected final StoresExtension stores;
    private final List<HeldTransaction> sessions = new ArrayList<>();

    protected AbstractMutationTest(StoresExtension stores) {
        this.stores = stores;
    }

    @BeforeEach
    protected void open() throws Exception {
        stores.open();
        connect(stores.postgres());
    }

    @AfterEach
    protected void close() throws Exception {
        for (HeldTransaction session : sessions) {
            session.close();
        }
        stores.close();
    }

    /** Connects the nodes of the test to this PostgreSQL. */
    protected abstract void connect(Postgres postgres);

    /** The failed checks of the reconciliation. */
    protected abstract List<String> wrong() throws Exception;

    /** Proves that the adversary finds a problem only after this change of the schema. */
    protected final void proves(String mutation, Adversary adversary) throws Exception {
        assertThat(found(adversary)).isEmpty();
        rows(mutation);
        assertThat(found(adversary)).as(mutation).isNotEmpty();
    }

    /** As {@link #proves(String, Adversary)}, with a change of a function. */
    protected final void proves(String function, UnaryOperator<String> mutation, Adversary adversary) throws Exception {
        String text = rows("SELECT pg_get_functiondef(?::regproc)", function).get(0);
        String mutated = mutation.apply(text);
        assertThat(mutated).isNotEqualTo(text);
        proves(mutated, adversary);
    }

    /** As {@link #proves(String, Adversary)}, with a change of the statements that the nodes send. */
    protected final void proves(UnaryOperator<String> statements, Adversary adversary) throws Exception {
        assertThat(found(adversary)).isEmpty();
        assertThat(foundBehind(statements, adversary)).isNotEmpty();
    }

    /**
     * For a constraint that a statement depends on: the statement is changed, too, because it would fail without it.
     */
    protected final void provesNamed(String mutation, UnaryOperator<String> statements, Adversary adversary)
            throws Exception {
        assertThat(found(adversary)).isEmpty();
        rows(mutation);
        assertThat(foundBehind(statements, adversary)).as(mutation).isNotEmpty();
    }

    private List<String> foundBehind(UnaryOperator<String> statements, Adversary adversary) throws Exception {
        try (StatementProxy proxy = new StatementProxy(stores.vertx(), stores.postgresAddress(), statements)) {
            connect(Postgres.open(stores.vertx(), proxy.address(), PostgresLimits.DEFAULTS));
            List<String> found = found(adversary);
            assertThat(proxy.changes()).as("changed statements").isPositive();
            return found;
        }
    }

    private List<String> found(Adversary adversary) throws Exception {
        List<String> found = new ArrayList<>(adversary.attack());
        found.addAll(wrong());
        return found;
    }

    protected static List<String> wrong(List<String> right, List<String> answers) {
        return answers.equals(right) ? List.of() : List.of(answers + " instead of " + right);
    }

    /** Runs a statement without the product's code. Errors of PostgreSQL are ignored. */
    protected final void tamper(String sql, Object... arguments) throws Exception {
        HeldTransaction session = session();
        HeldTransaction.answer(session.start(sql, arguments));
        session.commit();
    }

    /** Transactions that change the table in this way wait before their commit until the returned transaction ends. */
    protected final HeldTransaction heldBeforeCommit(String change, String table) throws SQLException {
        HeldTransaction session = session();
        session.run(
                """
                CREATE OR REPLACE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_advisory_xact_lock_shared(1);
                  RETURN NULL;
                END $$
                """);
        session.run("DROP TRIGGER IF EXISTS held ON " + table);
        session.run("CREATE CONSTRAINT TRIGGER held AFTER " + change + " ON " + table
                + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION held()");
        session.commit();
        session.run("SELECT pg_advisory_xact_lock(1)");
        return session;
    }

    /** Checks that the tables have exactly these constraints, unique indexes and triggers. */
    protected final void namesAllConstraintsOf(List<String> tables, List<String> names) throws SQLException {
        String list = "'" + String.join("'::regclass, '", tables) + "'::regclass";
        assertThat(rows(
                        """
                        SELECT conname FROM pg_constraint
                              WHERE contype IN ('p', 'u', 'c', 'f', 'x') AND conrelid IN (%1$s)
                        UNION SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
                              WHERE indisunique AND indrelid IN (%1$s)
                        UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (%1$s)
                        """
                                .formatted(list)))
                .containsExactlyInAnyOrderElementsOf(names);
    }

    /** Checks that the migrations have inserted exactly these kinds of postings, besides the given others. */
    protected final void namesAllPostingKinds(List<PostingKind> kinds, List<String> others) throws SQLException {
        List<String> all = new ArrayList<>(others);
        kinds.forEach(kind -> all.add(kind.name() + " opens " + kind.opens().name()));
        assertThat(rows("SELECT name || ' opens ' || opens FROM posting_kind"))
                .containsExactlyInAnyOrderElementsOf(all);
    }

    protected final List<String> rows(String sql, Object... arguments) throws SQLException {
        HeldTransaction session = session();
        List<String> rows = session.run(sql, arguments);
        session.commit();
        return rows;
    }

    protected final HeldTransaction session() throws SQLException {
        return kept(new HeldTransaction(stores.postgresAddress()));
    }

    /** Closes the session after the test. */
    protected final <S extends HeldTransaction> S kept(S session) {
        sessions.add(session);
        return session;
    }

    protected static <T> CompletableFuture<T> java(io.vertx.core.Future<T> future) {
        return future.toCompletionStage().toCompletableFuture();
    }
}
