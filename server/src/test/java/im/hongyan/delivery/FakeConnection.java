package im.hongyan.delivery;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A connection that records what it receives. */
public final class FakeConnection implements ClientConnection {
    private final Principal caller;
    private final Context context;
    public final BlockingQueue<String> got = new LinkedBlockingQueue<>();
    volatile int closedWith;
    volatile boolean onOwnLoop = true;

    public FakeConnection(Context context, String user, String session) {
        this.context = context;
        this.caller = new Principal(
                user(user), new SessionId(named(session)), UUID.randomUUID().toString());
    }

    public static UserId user(String name) {
        return new UserId(named(name));
    }

    static SessionId session(String name) {
        return new SessionId(named(name));
    }

    static Frame frame(String text) {
        return new Frame(text.getBytes(StandardCharsets.UTF_8), Frame.DropPolicy.THEN_SYNC);
    }

    public String next() throws InterruptedException {
        return got.poll(10, TimeUnit.SECONDS);
    }

    @Override
    public Principal principal() {
        return caller;
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public boolean offer(Frame frame) {
        onOwnLoop &= Vertx.currentContext() == context;
        if (closedWith == 0) {
            got.add(new String(frame.bytes(), StandardCharsets.UTF_8));
        }
        return closedWith == 0;
    }

    @Override
    public void closeGracefully(int code, String reason) {
        close(code, reason);
    }

    @Override
    public void closeAsReplaced() {
        close(4002, "replaced");
    }

    @Override
    public void close(int code, String reason) {
        closedWith = code;
    }

    private static UUID named(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }
}
