package im.hongyan.call.turn;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A STUN message: its type, its transaction id and its attributes in order.
 *
 * @param type method and class together, such as {@link #ALLOCATE}, {@code ALLOCATE | SUCCESS}
 * @param encoded the received bytes, over which the integrity is computed; empty for an outgoing message
 */
record StunMessage(int type, byte[] transaction, List<Attribute> attributes, byte[] encoded) {
    record Attribute(int type, byte[] value) {}

    /* Methods. */
    static final int BINDING = 0x001;
    static final int ALLOCATE = 0x003;
    static final int REFRESH = 0x004;
    static final int SEND = 0x006;
    static final int DATA = 0x007;
    static final int CREATE_PERMISSION = 0x008;

    /* Classes; a request has none. */
    static final int INDICATION = 0x010;
    static final int SUCCESS = 0x100;
    static final int ERROR = 0x110;

    /* Attributes. */
    static final int USERNAME = 0x0006;
    static final int MESSAGE_INTEGRITY = 0x0008;
    static final int ERROR_CODE = 0x0009;
    static final int LIFETIME = 0x000D;
    static final int XOR_PEER_ADDRESS = 0x0012;
    static final int DATA_VALUE = 0x0013;
    static final int REALM = 0x0014;
    static final int NONCE = 0x0015;
    static final int XOR_RELAYED_ADDRESS = 0x0016;
    static final int REQUESTED_TRANSPORT = 0x0019;
    static final int XOR_MAPPED_ADDRESS = 0x0020;
    static final int FINGERPRINT = 0x8028;

    static final int HEADER_BYTES = 20;
    static final int TRANSACTION_BYTES = 12;
    private static final int COOKIE = 0x2112A442;
    private static final int FINGERPRINT_XOR = 0x5354554E;
    private static final int INTEGRITY_BYTES = 20;

    /** A request or an indication. */
    static StunMessage of(int type, byte[] transaction, Attribute... attributes) {
        return new StunMessage(type, transaction, List.of(attributes), new byte[0]);
    }

    StunMessage with(Attribute attribute) {
        List<Attribute> all = new ArrayList<>(attributes);
        all.add(attribute);
        return new StunMessage(type, transaction, all, encoded);
    }

    static Attribute text(int type, String text) {
        return new Attribute(type, text.getBytes(StandardCharsets.UTF_8));
    }

    static Attribute number(int type, int number) {
        return new Attribute(type, ByteBuffer.allocate(4).putInt(number).array());
    }

    /** @param transaction the transaction id of the message, which masks IPv6 addresses */
    static Attribute address(int type, byte[] transaction, InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        ByteBuffer value = ByteBuffer.allocate(4 + ip.length)
                .put((byte) 0)
                .put((byte) (ip.length == 4 ? 1 : 2))
                .putShort((short) (address.getPort() ^ (COOKIE >>> 16)));
        return new Attribute(type, value.put(masked(ip, transaction)).array());
    }

    private static byte[] masked(byte[] ip, byte[] transaction) {
        byte[] mask = ByteBuffer.allocate(4 + TRANSACTION_BYTES)
                .putInt(COOKIE)
                .put(transaction)
                .array();
        byte[] result = ip.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] ^= mask[i];
        }
        return result;
    }

    Optional<byte[]> value(int attribute) {
        return attributes.stream()
                .filter(one -> one.type() == attribute)
                .findFirst()
                .map(Attribute::value);
    }

    Optional<String> text(int attribute) {
        return value(attribute).map(value -> new String(value, StandardCharsets.UTF_8));
    }

    /** @throws MalformedStun if the attribute is not an address */
    Optional<InetSocketAddress> address(int attribute) {
        return value(attribute).map(value -> {
            int ipBytes = value.length - 4;
            if ((ipBytes != 4 || value[1] != 1) && (ipBytes != 16 || value[1] != 2)) {
                throw new MalformedStun("an address is malformed");
            }
            int port = (ByteBuffer.wrap(value).getShort(2) ^ (COOKIE >>> 16)) & 0xFFFF;
            try {
                byte[] ip = masked(Arrays.copyOfRange(value, 4, value.length), transaction);
                return new InetSocketAddress(InetAddress.getByAddress(ip), port);
            } catch (UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    boolean isSuccess() {
        return (type & ERROR) == SUCCESS;
    }

    /** The error code, such as 401; 0 if the message has none. */
    int errorCode() {
        return value(ERROR_CODE)
                .filter(value -> value.length >= 4)
                .map(value -> (value[2] & 7) * 100 + (value[3] & 0xFF))
                .orElse(0);
    }

    /** The reason phrase of an error. */
    String errorText() {
        return value(ERROR_CODE)
                .filter(value -> value.length > 4)
                .map(value -> new String(value, 4, value.length - 4, StandardCharsets.UTF_8))
                .orElse("");
    }

    /** The key of long-term credentials. */
    static byte[] key(String username, String realm, String password) {
        try {
            return MessageDigest.getInstance("MD5")
                    .digest((username + ":" + realm + ":" + password).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param key the key for MESSAGE-INTEGRITY; empty to leave that out. FINGERPRINT is always added */
    byte[] encode(Optional<byte[]> key) {
        byte[] bytes = header(attributes);
        if (key.isPresent()) {
            byte[] mac = integrity(key.get(), bytes, bytes.length);
            bytes = append(bytes, new Attribute(MESSAGE_INTEGRITY, mac));
        }
        return append(bytes, new Attribute(FINGERPRINT, fingerprint(bytes, bytes.length)));
    }

    private byte[] header(List<Attribute> all) {
        byte[] bytes = ByteBuffer.allocate(HEADER_BYTES)
                .putShort((short) type)
                .putShort((short) 0)
                .putInt(COOKIE)
                .put(transaction)
                .array();
        for (Attribute attribute : all) {
            bytes = append(bytes, attribute);
        }
        return bytes;
    }

    private static byte[] append(byte[] message, Attribute attribute) {
        int length = attribute.value().length;
        ByteBuffer longer = ByteBuffer.allocate(message.length + 4 + padded(length));
        longer.put(message).putShort((short) attribute.type()).putShort((short) length);
        longer.put(attribute.value());
        return longer.putShort(2, (short) (longer.capacity() - HEADER_BYTES)).array();
    }

    private static int padded(int length) {
        return (length + 3) & ~3;
    }

    /** The HMAC of all bytes before the attribute, with the length as if the message ended with the attribute. */
    private static byte[] integrity(byte[] key, byte[] message, int before) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "HmacSHA1"));
            return mac.doFinal(upTo(message, before, 4 + INTEGRITY_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] fingerprint(byte[] message, int before) {
        CRC32 crc = new CRC32();
        crc.update(upTo(message, before, 8));
        return ByteBuffer.allocate(4)
                .putInt((int) crc.getValue() ^ FINGERPRINT_XOR)
                .array();
    }

    private static byte[] upTo(byte[] message, int before, int attributeBytes) {
        byte[] part = Arrays.copyOf(message, before);
        ByteBuffer.wrap(part).putShort(2, (short) (before - HEADER_BYTES + attributeBytes));
        return part;
    }

    /** Whether the MESSAGE-INTEGRITY of the message is correct for this key. */
    boolean hasIntegrity(byte[] key) {
        int before = offsetOf(MESSAGE_INTEGRITY);
        return before > 0
                && MessageDigest.isEqual(value(MESSAGE_INTEGRITY).orElseThrow(), integrity(key, encoded, before));
    }

    /** Whether the message has a correct FINGERPRINT. */
    boolean hasFingerprint() {
        int before = offsetOf(FINGERPRINT);
        return before > 0 && Arrays.equals(value(FINGERPRINT).orElseThrow(), fingerprint(encoded, before));
    }

    /** The offset of an attribute; 0 if the message does not contain it. */
    private int offsetOf(int attribute) {
        int offset = HEADER_BYTES;
        for (Attribute one : attributes) {
            if (one.type() == attribute) {
                return offset;
            }
            offset += 4 + padded(one.value().length);
        }
        return 0;
    }

    /**
     * The length of a message in bytes, including its header.
     *
     * @param header its first {@value #HEADER_BYTES} bytes
     * @throws MalformedStun if they are not the header of a STUN message
     */
    static int lengthOf(byte[] header) {
        ByteBuffer in = ByteBuffer.wrap(header);
        int length = in.getShort(2) & 0xFFFF;
        if ((header[0] & 0xC0) != 0 || in.getInt(4) != COOKIE || length % 4 != 0) {
            throw new MalformedStun("the answer is not a STUN message");
        }
        return HEADER_BYTES + length;
    }

    /** @throws MalformedStun if the bytes are not exactly one message */
    static StunMessage decode(byte[] bytes) {
        if (bytes.length < HEADER_BYTES || lengthOf(bytes) != bytes.length) {
            throw new MalformedStun("the answer is not a STUN message");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int type = in.getShort() & 0xFFFF;
        byte[] transaction = Arrays.copyOfRange(bytes, 8, HEADER_BYTES);
        in.position(HEADER_BYTES);
        List<Attribute> attributes = new ArrayList<>();
        while (in.remaining() >= 4) {
            int attribute = in.getShort() & 0xFFFF;
            int length = in.getShort() & 0xFFFF;
            if (padded(length) > in.remaining()) {
                throw new MalformedStun("an attribute is truncated");
            }
            byte[] value = new byte[length];
            in.get(value);
            in.position(in.position() + padded(length) - length);
            attributes.add(new Attribute(attribute, value));
        }
        return new StunMessage(type, transaction, attributes, bytes);
    }
}
