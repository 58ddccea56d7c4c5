package im.hongyan.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.async.KeyedRateLimiter;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.HttpRoutes.RequestContext;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Authenticates requests and decodes their parameters and bodies into records. */
final class RequestReader {
    private static final String BEARER = "bearer ";
    private static final Set<Class<?>> NUMBERS = Set.of(int.class, Integer.class, long.class, Long.class);
    private static final Set<Class<?>> BOOLEANS = Set.of(boolean.class, Boolean.class);

    private final FrameCodec codec;
    private final Authenticator authenticator;
    private final Predicate<String> trustedProxy;
    private final KeyedRateLimiter<UserId> userRates;

    RequestReader(FrameCodec codec, Authenticator authenticator, HttpOptions options) {
        this.codec = codec;
        this.authenticator = authenticator;
        this.trustedProxy = options.trustedProxy();
        this.userRates = new KeyedRateLimiter<>(options.requestsPerUserPerSecond(), options.requestBurstPerUser());
    }

    /** @param authenticated whether the route needs an access token */
    Future<RequestContext> context(RoutingContext context, boolean authenticated) {
        String address = ClientAddress.of(context.request(), trustedProxy);
        RequestCookies cookies = new RequestCookies(context.request(), trustedProxy);
        return authenticated
                ? authenticate(context).map(principal -> new RequestContext(principal, address, cookies))
                : Future.succeededFuture(new RequestContext(null, address, cookies));
    }

    private Future<Principal> authenticate(RoutingContext context) {
        String header = context.request().getHeader("Authorization");
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Future.failedFuture(
                    Rejection.unauthenticated("token.missing", "access token missing: send Authorization: Bearer …"));
        }
        return authenticator
                .authenticate(header.substring(BEARER.length()).trim())
                .compose(this::withinRate);
    }

    /** Limits the requests of a user, whatever the number of devices and connections. */
    private Future<Principal> withinRate(Principal principal) {
        long waitMs = userRates.take(principal.user());
        return waitMs == 0
                ? Future.succeededFuture(principal)
                : Future.failedFuture(
                        Rejection.limited("requests.rate", "too many requests per second from your account", waitMs));
    }

    /** The fields of the path, the query and the body as one record. Rejects a name that is given twice. */
    <T> T request(RoutingContext context, Class<T> type) {
        checkContentType(context);
        ObjectNode fields = codec.parseObject(text(context.body().buffer()));
        checkQuery(context, fields);
        return decode(context, fields, type);
    }

    /** The fields of the path and the query as one record. */
    <T> T parameters(RoutingContext context, Class<T> type) {
        return decode(context, codec.parseObject(""), type);
    }

    private <T> T decode(RoutingContext context, ObjectNode fields, Class<T> type) {
        context.pathParams().forEach((name, value) -> put(fields, type, name, value));
        for (Map.Entry<String, String> parameter : context.queryParams()) {
            put(fields, type, parameter.getKey(), parameter.getValue());
        }
        return codec.decode(fields, type);
    }

    /**
     * A page of another site may send a body without a type, and the browser would not send a preflight request first.
     * It would for the token's header.
     */
    private static void checkContentType(RoutingContext context) {
        Buffer body = context.body().buffer();
        HttpServerRequest request = context.request();
        if (body != null
                && body.length() > 0
                && request.getHeader("Content-Type") == null
                && request.getHeader("Authorization") == null) {
            throw Rejection.invalid("body.content_type", "the body must be application/json");
        }
    }

    /**
     * A request with a body has its fields there. Addresses are logged and shared, and a link or form of another site
     * can set them: neither a password nor a change belongs there.
     */
    private static void checkQuery(RoutingContext context, ObjectNode fields) {
        HttpMethod method = context.request().method();
        if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            context.queryParams().names().stream()
                    .filter(name -> !fields.has(name) && !context.pathParams().containsKey(name))
                    .min(Comparator.naturalOrder())
                    .ifPresent(name -> {
                        throw Rejection.field(
                                name,
                                "query.not_allowed",
                                "'" + name + "' must be in the body, because this is not a GET request");
                    });
        }
    }

    /** Parameters are text; one whose field is a number or a boolean becomes that, so that the codec takes it. */
    private static void put(ObjectNode fields, Class<?> type, String name, String value) {
        if (fields.has(name)) {
            throw Rejection.field(name, "field.duplicate", "duplicate parameter '" + name + "'");
        }
        Class<?> wanted = Arrays.stream(type.getRecordComponents())
                .filter(component -> component.getName().equals(name))
                .<Class<?>>map(RecordComponent::getType)
                .findFirst()
                .orElse(String.class);
        if (NUMBERS.contains(wanted) && value.matches("-?\\d{1,18}")) {
            fields.put(name, Long.parseLong(value));
        } else if (BOOLEANS.contains(wanted) && value.matches("true|false")) {
            fields.put(name, Boolean.parseBoolean(value));
        } else {
            fields.put(name, value);
        }
    }

    private static String text(Buffer body) {
        if (body == null) {
            return "";
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.getBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Rejection.invalid("body.malformed", "the body is not valid UTF-8");
        }
    }
}
