package im.hongyan.architecture.wrong.delivery;

import io.vertx.sqlclient.Tuple;

/** Breaks no rule: it may speak SQL. */
public final class RightStore {
    public Object arguments() {
        return Tuple.of(1);
    }
}
