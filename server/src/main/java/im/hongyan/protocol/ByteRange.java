package im.hongyan.protocol;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a representation of known length that a request asks for (RFC 9110, section 14).
 *
 * <p>Supports {@code bytes=a-b}, {@code bytes=a-} and {@code bytes=-n}. Anything else (another unit, several ranges, a
 * malformed header, a range of another version of the representation, a method other than GET) selects the whole, as
 * the RFC allows.
 *
 * @param offset of the first byte
 * @param size in bytes
 * @param length of the whole representation
 * @param partial whether the response is a 206
 */
public record ByteRange(long offset, long size, long length, boolean partial) {
    private static final Pattern RANGE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    /**
     * Reads the {@code Range} and {@code If-Range} headers.
     *
     * @param etag the strong entity tag of the representation, in quotes; null if it has none
     * @throws Rejection {@code range.unsatisfiable} (416) if the representation has none of the bytes
     */
    public static ByteRange of(HttpServerRequest request, long length, String etag) {
        String range = request.getHeader("Range");
        String condition = request.getHeader("If-Range");
        boolean applies = range != null
                && request.method().equals(HttpMethod.GET)
                && (condition == null || condition.equals(etag));
        return applies ? parse(range, length) : whole(length);
    }

    static ByteRange parse(String header, long length) {
        Matcher range = RANGE.matcher(header);
        if (!range.matches()) {
            return whole(length);
        }
        if (range.group(1).isEmpty()) {
            return range.group(2).isEmpty() ? whole(length) : suffix(Long.parseLong(range.group(2)), length);
        }
        long first = Long.parseLong(range.group(1));
        long last = range.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(range.group(2));
        if (last < first) {
            return whole(length);
        }
        if (first >= length) {
            throw unsatisfiable(length);
        }
        return new ByteRange(first, Math.min(last, length - 1) - first + 1, length, true);
    }

    private static ByteRange suffix(long size, long length) {
        if (size == 0) {
            throw unsatisfiable(length);
        }
        long taken = Math.min(size, length);
        // An empty representation has no first byte that Content-Range could name.
        return length == 0 ? whole(0) : new ByteRange(length - taken, taken, length, true);
    }

    private static ByteRange whole(long length) {
        return new ByteRange(0, length, length, false);
    }

    private static Rejection unsatisfiable(long length) {
        return Rejection.invalid("range.unsatisfiable", "the range begins after the last of " + length + " bytes")
                .with("length", length);
    }

    /** Sets the status (200 or 206) and the headers that describe the range. */
    public HttpServerResponse prepare(HttpServerResponse response) {
        response.putHeader("Accept-Ranges", "bytes").putHeader("Content-Length", Long.toString(size));
        return partial
                ? response.setStatusCode(206)
                        .putHeader("Content-Range", "bytes " + offset + "-" + (offset + size - 1) + "/" + length)
                : response.setStatusCode(200);
    }
}
