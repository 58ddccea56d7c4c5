package im.hongyan.architecture.wrong.delivery;

import io.vertx.sqlclient.Tuple;

/** Speaks SQL without being a store. */
public final class SpeaksSql {
    public Object arguments() {
        return Tuple.of(1);
    }
}
