package im.hongyan.gateway;

import im.hongyan.async.KeyedQueue;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.InboundFrame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.UserId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;

/**
 * Runs requests. Limits the concurrent requests of each user on this node, whatever the number of sockets, so that one
 * user cannot starve others; the excess waits in a bounded queue. Thread-safe.
 */
final class RequestDispatcher {
    private static final int MAX_WAITING_PER_USER = 1_000;
    private static final Duration MAX_WAIT = Duration.ofSeconds(5);

    private final FrameRoutes routes;
    private final KeyedQueue<UserId> queue;
    private final UserFrameRates userRates;

    RequestDispatcher(FrameRoutes routes, GatewayLimits limits) {
        this.routes = routes;
        this.userRates = new UserFrameRates(limits.framesPerUser());
        this.queue = new KeyedQueue<>(
                limits.concurrentRequestsPerUser(), MAX_WAITING_PER_USER, MAX_WAIT, RequestDispatcher::tooManyRequests);
    }

    InboundFrame decode(String text) {
        return routes.codec().parseFrame(text);
    }

    /** @return 0 if the user's rate on all sockets allows this frame; otherwise the milliseconds until it does */
    long takeFromUserRate(Principal principal, InboundFrame frame) {
        String type = frame instanceof Request request ? request.type() : "";
        return userRates.take(principal.user(), type, limit(type));
    }

    /** The rate limit that a frame type has instead of the general one. */
    Optional<FrameLimit> limit(String type) {
        return routes.limit(type);
    }

    /**
     * Answers a request; the future never fails.
     *
     * @param context the event loop of the request's socket
     */
    Future<Frame> answer(Context context, Principal principal, Request request) {
        // A ping must not wait: a client without an answer takes the socket for dead.
        if (request.type().equals(Welcome.PING)) {
            return routes.answer(principal, request);
        }
        long received = System.nanoTime();
        return queue.submit(principal.user(), () -> run(context, principal, request))
                .otherwise(refusal -> routes.reject(request, refusal, received));
    }

    /**
     * Runs a request on its socket's event loop, although its predecessor may have ended on another one. Always as a
     * task of its own: otherwise it could overtake requests that are on their way from another event loop.
     */
    private Future<Frame> run(Context context, Principal principal, Request request) {
        Promise<Frame> answer = Promise.promise();
        context.runOnContext(none -> Future.succeededFuture()
                .compose(begun -> routes.answer(principal, request))
                .onComplete(answer));
        return answer.future();
    }

    Frame error(String id, Rejection rejection) {
        return routes.codec().error(id, rejection);
    }

    private static Rejection tooManyRequests() {
        return Rejection.unavailable("requests.waiting", "too many of your requests are waiting; retry later", 1_000);
    }
}
