package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/**
 * Keeps a client connected. After each lost connection it connects to the next node, with a wait that grows with every
 * failure and that the server may extend, and with fresh tokens if the old ones have expired. It ends when it is
 * stopped or when the server says so. Used on the client's event loop only.
 */
final class Reconnector {
    /** The user of the connections. */
    interface Owner {
        /** A connection is open. It replaces earlier ones. */
        void connected(ChatConnection connection);

        void pushed(String type, JsonNode data);

        /** No more connections will open. */
        void ended(Closure closure);
    }

    private final List<ChatClient> nodes;
    private final RequestRetrier patience;
    private final Owner owner;
    private final Promise<Closure> ended = Promise.promise();
    private volatile Credentials who;
    private volatile ChatConnection link;
    private boolean stopped;
    private boolean refreshed;
    private int node;
    private int attempt;
    private long lostAt;
    private long connects;
    private long losses;
    private long maxResumeMs;

    Reconnector(List<ChatClient> nodes, Credentials who, RequestRetrier patience, Owner owner) {
        this.nodes = nodes;
        this.who = who;
        this.patience = patience;
        this.owner = owner;
        this.node = patience.random().nextInt(nodes.size());
    }

    Credentials who() {
        return who;
    }

    /** The open connection, or null. May be called from any thread. */
    ChatConnection link() {
        return link;
    }

    boolean isStopped() {
        return stopped;
    }

    Future<Closure> ended() {
        return ended.future();
    }

    void connect() {
        if (stopped) {
            return;
        }
        ChatClient next = nodes.get(Math.floorMod(node++, nodes.size()));
        next.connect(who.accessToken(), owner::pushed, patience.options().faults())
                .onComplete(connecting -> {
                    if (connecting.succeeded()) {
                        connected(connecting.result());
                    } else {
                        notConnected(next, connecting.cause());
                    }
                });
    }

    private void connected(ChatConnection connection) {
        connects++;
        refreshed = false;
        if (stopped) {
            connection.close();
            return;
        }
        link = connection;
        connection.closed().onSuccess(closure -> lost(connection, closure));
        owner.connected(connection);
    }

    private void notConnected(ChatClient to, Throwable failure) {
        boolean stale = failure instanceof ChatError error && error.kind() == ChatError.Kind.UNAUTHENTICATED;
        if (stale && !refreshed && who.refreshToken() != null) {
            refreshed = true;
            to.refresh(who.refreshToken())
                    .onSuccess(fresh -> {
                        who = fresh;
                        connect();
                    })
                    .onFailure(e -> notConnected(to, e));
        } else if (stale) {
            end(new Closure(Closure.SIGNED_OUT, failure.getMessage()));
        } else {
            reconnectAfter(Math.max(patience.waitMs(failure, attempt), backoffMs()));
        }
    }

    private void lost(ChatConnection connection, Closure closure) {
        if (link == connection) {
            link = null;
        }
        if (stopped) {
            end(closure);
            return;
        }
        losses++;
        lostAt = lostAt == 0 ? System.nanoTime() : lostAt;
        if (closure.isFinal()) {
            end(closure);
            return;
        }
        reconnectAfter(closure.retryAfter()
                .map(asked -> SyncOptions.jittered(asked.toMillis(), patience.random()))
                .orElseGet(this::backoffMs));
    }

    private void reconnectAfter(long waitMs) {
        attempt++;
        patience.vertx().setTimer(waitMs, again -> connect());
    }

    private long backoffMs() {
        return patience.options().backoffMs(attempt, patience.random());
    }

    /** The connection works: the next loss counts as the first again. */
    void caughtUp() {
        attempt = 0;
        if (lostAt != 0) {
            maxResumeMs = Math.max(maxResumeMs, (System.nanoTime() - lostAt) / 1_000_000);
            lostAt = 0;
        }
    }

    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        ChatConnection open = link;
        if (open == null) {
            end(new Closure(Closure.NORMAL, "stopped"));
        } else {
            open.close();
        }
    }

    private void end(Closure closure) {
        stopped = true;
        if (ended.tryComplete(closure)) {
            owner.ended(closure);
        }
    }

    SyncStats stats(long retries, long repairs) {
        return new SyncStats(connects, losses, retries, repairs, maxResumeMs);
    }
}
