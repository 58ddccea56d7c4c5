package im.hongyan.store.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;

/** Where requests go: to the one master that there is, or to the one of their slot. The contract is {@link Redis}'s. */
interface RedisRouting {
    /** Succeeds also while Redis is away; fails if it does not let us in. */
    Future<Void> opened();

    Future<Response> send(Request request);

    Future<List<Response>> batch(List<Request> requests);

    /** To each master, as far as they are connected. */
    Future<Void> everywhere(Request request);

    boolean isAvailable();

    Future<Void> close();
}
