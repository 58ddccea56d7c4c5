package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.store.PostgresAddress;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * A proxy between a node and PostgreSQL that changes the text of the node's statements, for example to remove a lock.
 */
final class StatementProxy implements AutoCloseable {
    private final NetServer server;
    private final NetClient client;
    private final PostgresAddress real;
    private final UnaryOperator<String> change;
    private final AtomicInteger changes = new AtomicInteger();

    StatementProxy(Vertx vertx, PostgresAddress real, UnaryOperator<String> change) throws Exception {
        this.real = real;
        this.change = change;
        client = vertx.createNetClient();
        server = vertx.createNetServer().connectHandler(this::connected);
        await(server.listen(0, "127.0.0.1"));
    }

    PostgresAddress address() {
        return new PostgresAddress(
                "127.0.0.1",
                server.actualPort(),
                real.user(),
                real.password(),
                real.database(),
                real.sslMode(),
                real.sslRootCert());
    }

    /** The number of changed statements. */
    int changes() {
        return changes.get();
    }

    /** Starts to close the proxy. */
    @Override
    public void close() {
        server.close();
        client.close();
    }

    private void connected(NetSocket node) {
        node.pause();
        client.connect(real.port(), real.host())
                .onFailure(failure -> node.close())
                .onSuccess(postgres -> {
                    Messages messages = new Messages(postgres);
                    node.handler(messages::received).closeHandler(closed -> postgres.close());
                    postgres.handler(node::write).closeHandler(closed -> node.close());
                    node.resume();
                });
    }

    /** The messages of one connection of the node. The first one, the startup message, has no type. */
    private final class Messages {
        private final NetSocket postgres;
        private Buffer pending = Buffer.buffer();
        private boolean started;

        Messages(NetSocket postgres) {
            this.postgres = postgres;
        }

        void received(Buffer data) {
            pending.appendBuffer(data);
            int from = 0;
            for (int end = end(from); end <= pending.length(); end = end(from)) {
                Buffer message = pending.getBuffer(from, end);
                postgres.write(started && message.getByte(0) == 'P' ? parse(message) : message);
                started = true;
                from = end;
            }
            pending = pending.getBuffer(from, pending.length());
        }

        private int end(int from) {
            int length = from + (started ? 1 : 0);
            return pending.length() < length + 4 ? Integer.MAX_VALUE : length + pending.getInt(length);
        }
    }

    /** A Parse message: the type, the length, the statement's name and text, both terminated by 0, and the rest. */
    private Buffer parse(Buffer message) {
        int text = zero(message, 5) + 1;
        int end = zero(message, text);
        String sql = message.getString(text, end);
        String changed = change.apply(sql);
        if (!changed.equals(sql)) {
            changes.incrementAndGet();
        }
        Buffer body =
                message.getBuffer(5, text).appendString(changed).appendBuffer(message.getBuffer(end, message.length()));
        return Buffer.buffer()
                .appendByte((byte) 'P')
                .appendInt(4 + body.length())
                .appendBuffer(body);
    }

    private static int zero(Buffer message, int from) {
        int at = from;
        while (message.getByte(at) != 0) {
            at++;
        }
        return at;
    }
}
