package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.UUID;

/**
 * An entry to append.
 *
 * @param clientId unique for sender and conversation: appending the same entry again returns the first answer
 * @param content JSON
 * @param summary the text for clients that do not know the kind; null for a text message
 * @param target the entry that this one refers to and that the sender must be able to see; null if none
 * @param distinction what else distinguishes a retry from another request, if the content is not all of it
 */
public record NewEntry(
        ConversationId conversation,
        UserId sender,
        String clientId,
        EntryKind kind,
        String content,
        String summary,
        Long target,
        String distinction) {
    private static final int DIGEST_BYTES = 16;

    /** Unique in the log: the same key means a retry, or a mistake of the client. */
    record Key(ConversationId conversation, UserId sender, String clientId) {}

    public NewEntry(
            ConversationId conversation,
            UserId sender,
            String clientId,
            EntryKind kind,
            String content,
            String summary,
            Long target) {
        this(conversation, sender, clientId, kind, content, summary, target, "");
    }

    public NewEntry distinguishedBy(String distinction) {
        return new NewEntry(conversation, sender, clientId, kind, content, summary, target, distinction);
    }

    Key key() {
        return new Key(conversation, sender, clientId);
    }

    /** Roughly its size in memory and on the way to PostgreSQL, in bytes. */
    int weight() {
        return 200 + content.length();
    }

    /** Distinguishes a retry from another request that uses the same client id by mistake. */
    byte[] digest() {
        return digest(kind.name(), content, String.valueOf(target), distinction);
    }

    /** A digest of a request's parts, to distinguish a retry from another request. */
    public static byte[] digest(String... parts) {
        MessageDigest sha = sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            sha.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
            sha.update(bytes);
        }
        return Arrays.copyOf(sha.digest(), DIGEST_BYTES);
    }

    /** An id derived from its parts: 122 bits of SHA-256 as a UUID of version 8 (RFC 9562). */
    static UUID derivedId(String... parts) {
        ByteBuffer hash = ByteBuffer.wrap(digest(parts));
        long high = (hash.getLong() & ~0xf000L) | 0x8000L;
        long low = (hash.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
