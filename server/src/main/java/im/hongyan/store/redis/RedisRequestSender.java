package im.hongyan.store.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;

/** Sends requests to the single master or to the master of their slot. The contract is that of {@link Redis}. */
interface RedisRequestSender {
    /** Succeeds even if Redis is unavailable; fails if Redis rejects the credentials or settings. */
    Future<Void> opened();

    Future<Response> send(Request request);

    Future<List<Response>> batch(List<Request> requests);

    /** Sends a request to each connected master. */
    Future<Void> broadcast(Request request);

    boolean isAvailable();

    Future<Void> close();
}
