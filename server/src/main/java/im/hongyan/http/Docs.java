package im.hongyan.http;

import im.hongyan.http.description.Description;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the protocol's description: {@code /docs/asyncapi.json} and {@code /docs/openapi.json}. It is built on the
 * first request. The pages that display it are files, see {@link Pages}.
 */
final class Docs {
    private static final Logger LOG = LoggerFactory.getLogger(Docs.class);

    private final Vertx vertx;
    private final FrameCodec codec;
    private final FrameRoutes routes;
    private final HttpRoutes httpRoutes;
    private Future<Documents> documents;

    private record Document(Buffer json, String tag) {}

    private record Documents(Document asyncApi, Document openApi) {}

    Docs(Vertx vertx, FrameCodec codec, FrameRoutes routes, HttpRoutes httpRoutes) {
        this.vertx = vertx;
        this.codec = codec;
        this.routes = routes;
        this.httpRoutes = httpRoutes;
    }

    void mount(Router router) {
        router.get("/docs/asyncapi.json").handler(context -> serve(context, Documents::asyncApi));
        router.get("/docs/openapi.json").handler(context -> serve(context, Documents::openApi));
    }

    private void serve(RoutingContext context, Function<Documents, Document> which) {
        documents().map(which).onSuccess(document -> serve(context, document)).onFailure(context::fail);
    }

    private static void serve(RoutingContext context, Document document) {
        HttpServerResponse response = context.response()
                .putHeader("ETag", document.tag)
                .putHeader("Cache-Control", "no-cache")
                // It is public: editors and generators on other pages may read it.
                .putHeader("Access-Control-Allow-Origin", "*");
        if (document.tag.equals(context.request().getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
        } else {
            response.putHeader("Content-Type", "application/json; charset=utf-8")
                    .end(document.json);
        }
    }

    private synchronized Future<Documents> documents() {
        if (documents == null || documents.failed()) {
            documents = vertx.executeBlocking(this::describe)
                    .onFailure(failure -> LOG.error("building the protocol's description failed", failure));
        }
        return documents;
    }

    private Documents describe() {
        Description description = Description.of(routes, httpRoutes, codec);
        description.problems().forEach(problem -> LOG.warn("protocol description: {}", problem));
        return new Documents(document(description.asyncApi()), document(description.openApi()));
    }

    private Document document(Object tree) {
        byte[] json = codec.bytes(tree);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(json);
            return new Document(Buffer.buffer(json), '"' + HexFormat.of().formatHex(Arrays.copyOf(digest, 12)) + '"');
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("SHA-256 is part of every JDK", e);
        }
    }
}
