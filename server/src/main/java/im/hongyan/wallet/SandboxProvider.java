package im.hongyan.wallet;

import im.hongyan.protocol.Id;
import io.vertx.core.Future;

/** Pays every order at once with play money: for demos, tests, and points without value. */
public final class SandboxProvider implements PaymentProvider {
    public static final SandboxProvider INSTANCE = new SandboxProvider();

    static final String NAME = "sandbox";

    private SandboxProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Future<Outcome> pay(Order order) {
        return Future.succeededFuture(new Paid("sandbox-" + Id.Text.encode(order.id())));
    }
}
