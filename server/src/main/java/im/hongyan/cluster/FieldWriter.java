package im.hongyan.cluster;

import im.hongyan.protocol.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Consumer;

/** Writes tagged fields in the format of {@link NodeCodec}. */
final class FieldWriter {
    private ByteBuffer out = ByteBuffer.allocate(1024);

    void byteValue(int value) {
        ensureRoom(1).put((byte) value);
    }

    void message(int kind, Consumer<FieldWriter> body) {
        nested(kind, body);
    }

    void nested(int tag, Consumer<FieldWriter> body) {
        byteValue(tag);
        ensureRoom(4).putInt(0);
        int start = out.position();
        body.accept(this);
        out.putInt(start - 4, out.position() - start);
    }

    void id(int tag, UUID id) {
        byteValue(tag);
        ensureRoom(4 + FieldReader.ID)
                .putInt(FieldReader.ID)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits());
    }

    void number(int tag, long value) {
        byteValue(tag);
        ensureRoom(12).putInt(Long.BYTES).putLong(value);
    }

    void users(int tag, Collection<UserId> users) {
        byteValue(tag);
        ensureRoom(4 + FieldReader.ID * users.size()).putInt(FieldReader.ID * users.size());
        for (UserId user : users) {
            out.putLong(user.value().getMostSignificantBits())
                    .putLong(user.value().getLeastSignificantBits());
        }
    }

    void text(int tag, String text) {
        value(tag, text.getBytes(StandardCharsets.UTF_8));
    }

    void value(int tag, byte[] value) {
        byteValue(tag);
        ensureRoom(4 + value.length).putInt(value.length).put(value);
    }

    byte[] bytes() {
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    private ByteBuffer ensureRoom(int bytes) {
        if (out.remaining() < bytes) {
            out = ByteBuffer.allocate(Math.max(out.capacity() * 2, out.position() + bytes))
                    .put(out.flip());
        }
        return out;
    }
}
