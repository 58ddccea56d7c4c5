package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.protocol.ConversationId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;

/** What a test does to PostgreSQL's own processes: hold a lock against them, hold their commits, end them. */
public final class Backends {
    private static final String WAITING =
            """
            SELECT pid, pg_sleep(0) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = $1
              AND ($2 = '' OR wait_event = $2)
            LIMIT 1
            """;

    private final StoresExtension stores;

    public Backends(StoresExtension stores) {
        this.stores = stores;
    }

    /** Holds a conversation's lock until the promise is completed. */
    public static final class Held {
        private final Promise<Void> release = Promise.promise();
        private Future<Void> done;

        public void release() throws Exception {
            release.complete();
            await(done);
        }
    }

    public Held lock(ConversationId conversation) throws Exception {
        Held held = new Held();
        Promise<Void> locked = Promise.promise();
        held.done = stores.postgres().transaction(tx -> tx.query(
                        "SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE", Tuple.of(conversation.value()))
                .compose(rows -> {
                    locked.complete();
                    return held.release.future();
                }));
        await(locked.future());
        return held;
    }

    /** Waits for a process that waits for a row's lock, and answers its id. */
    public int waitingForLock() throws Exception {
        return waiting("Lock", "");
    }

    /** Waits for a process that has committed and may not say so yet, and answers its id. */
    public int committedButSilent() throws Exception {
        return waiting("IPC", "SyncRep");
    }

    private int waiting(String type, String event) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() < end) {
            var rows = await(stores.postgres().query(WAITING, Tuple.of(type, event)));
            if (rows.size() > 0) {
                return rows.iterator().next().getInteger("pid");
            }
            await(stores.postgres().query("SELECT pg_sleep(0.02)"));
        }
        throw new AssertionError("no process waits for " + type + " " + event);
    }

    public void end(int pid) throws Exception {
        await(stores.postgres().query("SELECT pg_terminate_backend($1, 10000)", Tuple.of(pid)));
    }

    /** Connections opened from now on, the shared ones aside, are those whose commits {@link #holdCommits} holds. */
    public void prepareToHoldCommits() throws Exception {
        Postgres postgres = stores.postgres();
        String database = await(postgres.query("SELECT current_database() AS name"))
                .iterator()
                .next()
                .getString("name");
        await(postgres.query("ALTER DATABASE \"" + database + "\" SET synchronous_commit = on"));
    }

    /** From now on commits are done, but not answered: they wait for a standby that never comes. */
    public void holdCommits() throws Exception {
        standbys("nobody");
    }

    public void releaseCommits() throws Exception {
        standbys("");
    }

    private void standbys(String names) throws Exception {
        stores.asAdministrator("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
        stores.asAdministrator("SELECT pg_reload_conf()");
        while (!await(stores.postgres()
                        .query("SELECT current_setting('synchronous_standby_names') AS now, pg_sleep(0.02)"))
                .iterator()
                .next()
                .getString("now")
                .equals(names)) {}
    }
}
