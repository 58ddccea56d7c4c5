package im.hongyan.store.redis;

import io.vertx.redis.client.Request;
import io.vertx.redis.client.impl.RequestImpl;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The Redis Cluster slot of a key. */
final class HashSlot {
    static final int COUNT = 16_384;

    /** The slot of a request without keys, which any master can serve. */
    static final int ANY = -1;

    private static final int CRC16_XMODEM = 0x1021;

    private HashSlot() {}

    /**
     * The slot of a request's keys.
     *
     * @throws IllegalArgumentException if they are in several slots: the caller's keys lack a common hash tag
     */
    static int of(Request request) {
        // The client knows where each command has its keys, but has no public method for it.
        List<byte[]> keys = ((RequestImpl) request).keys();
        int slot = ANY;
        for (byte[] key : keys) {
            int own = of(key);
            if (slot != ANY && slot != own) {
                throw new IllegalArgumentException("the keys of one " + request.command()
                        + " are in several slots of Redis Cluster; give them a common hash tag");
            }
            slot = own;
        }
        return slot;
    }

    static int of(String key) {
        return of(key.getBytes(StandardCharsets.UTF_8));
    }

    /** Hashes the text between the first opening brace and the next closing one; the whole key if that is empty. */
    static int of(byte[] key) {
        int open = indexOf(key, '{', 0);
        int close = open < 0 ? -1 : indexOf(key, '}', open + 1);
        return crc16(close > open + 1 ? Arrays.copyOfRange(key, open + 1, close) : key) % COUNT;
    }

    private static int indexOf(byte[] key, char sought, int from) {
        for (int i = from; i < key.length; i++) {
            if (key[i] == sought) {
                return i;
            }
        }
        return -1;
    }

    private static int crc16(byte[] bytes) {
        int crc = 0;
        for (byte each : bytes) {
            crc ^= (each & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ CRC16_XMODEM;
            }
        }
        return crc & 0xffff;
    }
}
