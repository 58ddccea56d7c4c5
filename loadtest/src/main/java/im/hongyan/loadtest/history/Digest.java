package im.hongyan.loadtest.history;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeSet;

/**
 * Represents the content of an entry in a history, which therefore contains no message texts. Equal contents have
 * equal digests: the order of fields does not matter, and an absent field equals a null or empty one.
 */
public final class Digest {
    private static final int BYTES = 8;

    private Digest() {}

    /** 16 hex digits, or null for absent content. */
    public static String of(JsonNode content) {
        if (content == null || isAbsent(content)) {
            return null;
        }
        StringBuilder canonical = new StringBuilder();
        write(content, canonical);
        byte[] hash = sha256(canonical.toString());
        return HexFormat.of().formatHex(hash, 0, BYTES);
    }

    private static void write(JsonNode node, StringBuilder out) {
        if (node.isObject()) {
            out.append('{');
            TreeSet<String> names = new TreeSet<>();
            node.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                JsonNode value = node.get(name);
                if (!isAbsent(value)) {
                    out.append(name).append(':');
                    write(value, out);
                    out.append(',');
                }
            }
            out.append('}');
        } else if (node.isArray()) {
            out.append('[');
            node.forEach(item -> {
                write(item, out);
                out.append(',');
            });
            out.append(']');
        } else {
            out.append(node);
        }
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isNull() || node.isMissingNode() || (node.isContainerNode() && node.isEmpty());
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
