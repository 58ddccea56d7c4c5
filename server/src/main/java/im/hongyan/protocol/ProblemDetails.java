package im.hongyan.protocol;

import java.util.LinkedHashMap;
import java.util.Map;

/** A rejection as an HTTP answer: {@code application/problem+json} (RFC 9457) with the kind and reason of frames. */
public final class ProblemDetails {
    public static final String CONTENT_TYPE = "application/problem+json";

    private ProblemDetails() {}

    /** @param status of the answer, which may be finer than the kind's */
    public static byte[] body(FrameCodec codec, Rejection rejection, int status) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "about:blank");
        problem.put("title", rejection.kind().text());
        problem.put("status", status);
        problem.put("detail", rejection.getMessage());
        problem.putAll(codec.describe(rejection));
        return codec.bytes(problem);
    }
}
