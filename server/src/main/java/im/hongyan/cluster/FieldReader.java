package im.hongyan.cluster;

import im.hongyan.protocol.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Reads the tagged fields of a message. Reading a missing field throws {@link MalformedBatch}. */
final class FieldReader {
    static final int ID = 16;

    private record Field(int tag, ByteBuffer value) {}

    private final List<Field> fields = new ArrayList<>();

    FieldReader(ByteBuffer in) {
        while (in.hasRemaining()) {
            fields.add(new Field(in.get(), slice(in)));
        }
    }

    List<FieldReader> all(int tag) {
        return fields.stream()
                .filter(field -> field.tag == tag)
                .map(field -> new FieldReader(field.value.duplicate()))
                .toList();
    }

    FieldReader nested(int tag) {
        return new FieldReader(find(tag));
    }

    UUID id(int tag) {
        ByteBuffer value = find(tag);
        return new UUID(value.getLong(), value.getLong());
    }

    long number(int tag) {
        return find(tag).getLong();
    }

    UserId user(int tag) {
        List<UserId> users = users(tag);
        if (users.size() != 1) {
            throw new MalformedBatch("expected one user, found " + users.size());
        }
        return users.get(0);
    }

    List<UserId> users(int tag) {
        ByteBuffer value = find(tag);
        List<UserId> users = new ArrayList<>(value.remaining() / ID);
        while (value.hasRemaining()) {
            users.add(new UserId(new UUID(value.getLong(), value.getLong())));
        }
        return users;
    }

    String text(int tag) {
        return new String(value(tag), StandardCharsets.UTF_8);
    }

    byte[] value(int tag) {
        ByteBuffer value = find(tag);
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return bytes;
    }

    private ByteBuffer find(int tag) {
        for (Field field : fields) {
            if (field.tag == tag) {
                return field.value.duplicate();
            }
        }
        throw new MalformedBatch("missing field " + tag);
    }

    static ByteBuffer slice(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new MalformedBatch("length " + length + " exceeds the remaining " + in.remaining() + " bytes");
        }
        ByteBuffer slice = in.slice(in.position(), length);
        in.position(in.position() + length);
        return slice;
    }
}
