package im.hongyan.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** A file of the web client with all that its answers need. */
final class PageFile {
    private static final Map<String, String> TYPES = Map.of(
            "css", "text/css; charset=utf-8",
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json; charset=utf-8",
            "map", "application/json; charset=utf-8",
            "png", "image/png",
            "svg", "image/svg+xml; charset=utf-8",
            "txt", "text/plain; charset=utf-8",
            "webp", "image/webp",
            "woff2", "font/woff2");

    /** A coding of Accept-Encoding that is gzip, unless its weight is 0. */
    private static final Pattern GZIP = Pattern.compile("(?i)(x-)?gzip(\\s*;\\s*q=(1(\\.0*)?|0\\.0*[1-9]\\d*))?");

    /** @param tag the entity tag */
    private record Representation(Buffer content, String tag) {}

    private final String type;
    private final String caching;
    private final Representation plain;
    private final Representation compressed;

    private PageFile(String type, String caching, Representation plain, Representation compressed) {
        this.type = type;
        this.caching = caching;
        this.plain = plain;
        this.compressed = compressed;
    }

    /**
     * @param compressed the content as gzip, null if it does not become smaller
     * @param immutable whether another content would have another name
     */
    static PageFile of(String name, byte[] content, byte[] compressed, boolean immutable) {
        String hash = hash(content);
        return new PageFile(
                TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream"),
                immutable ? "public, max-age=31536000, immutable" : "no-cache",
                new Representation(Buffer.buffer(content), '"' + hash + '"'),
                compressed == null ? null : new Representation(Buffer.buffer(compressed), '"' + hash + "-gzip\""));
    }

    /** The content as gzip, or null if it does not become smaller. */
    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(content);
        }
        return compressed.size() < content.length ? compressed.toByteArray() : null;
    }

    /** Answers a GET or HEAD request. */
    void answer(HttpServerRequest request) {
        boolean zipped = compressed != null && acceptsGzip(request.getHeader("Accept-Encoding"));
        Representation chosen = zipped ? compressed : plain;
        HttpServerResponse response =
                request.response().putHeader("Cache-Control", caching).putHeader("ETag", chosen.tag);
        if (compressed != null) {
            response.putHeader("Vary", "Accept-Encoding");
        }
        if (matches(request.getHeader("If-None-Match"), chosen.tag)) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader("Content-Type", type);
        if (zipped) {
            response.putHeader("Content-Encoding", "gzip");
        }
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(chosen.content.length()))
                    .end();
        } else {
            response.end(chosen.content);
        }
    }

    /** @param accepted the value of Accept-Encoding, or null */
    static boolean acceptsGzip(String accepted) {
        return accepted != null
                && Stream.of(accepted.split(",")).map(String::strip).anyMatch(coding -> GZIP.matcher(coding)
                        .matches());
    }

    /** @param tags the value of If-None-Match, or null */
    private static boolean matches(String tags, String tag) {
        return tags != null
                && Stream.of(tags.split(","))
                        .map(String::strip)
                        .anyMatch(known -> known.equals("*")
                                || known.equals(tag)
                                // A proxy that changed the encoding made it weak.
                                || known.equals("W/" + tag));
    }

    private static String hash(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
