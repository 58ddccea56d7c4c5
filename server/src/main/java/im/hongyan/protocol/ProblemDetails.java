package im.hongyan.protocol;

import java.util.LinkedHashMap;
import java.util.Map;

/** Encodes a rejection as {@code application/problem+json} (RFC 9457), with the kind and reason that frames have. */
public final class ProblemDetails {
    public static final String CONTENT_TYPE = "application/problem+json";

    private ProblemDetails() {}

    /** @param status the HTTP status, which may be more specific than that of the kind */
    public static byte[] body(FrameCodec codec, Rejection rejection, int status) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "about:blank");
        problem.put("title", rejection.kind().text());
        problem.put("status", status);
        problem.put("detail", rejection.getMessage());
        problem.putAll(codec.errorFields(rejection));
        return codec.bytes(problem);
    }
}
