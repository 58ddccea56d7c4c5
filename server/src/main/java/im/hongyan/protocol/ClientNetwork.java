package im.hongyan.protocol;

import io.netty.util.NetUtil;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The networks to which limits per address apply. An IPv4 address is a network by itself. The holder of an IPv6 address
 * has at least a /64 and may have a /48, so both count, and the larger network may use {@link #WIDE_ALLOWANCE} times as
 * much: that is enough for a company that has one, and does not multiply the limit by 65,536.
 *
 * @param narrow the IPv4 address, or the /64 of the IPv6 address in hexadecimal; text that is not an address is kept
 *     unchanged
 * @param wide the /48 of the IPv6 address; otherwise the same as {@code narrow}
 */
public record ClientNetwork(String narrow, String wide) {
    /** How many times the limit of one address a wide network may use. */
    public static final int WIDE_ALLOWANCE = 10;

    private static final int NARROW_BYTES = 8;
    private static final int WIDE_BYTES = 6;

    /** @param address as {@link ClientAddress} returns it */
    public static ClientNetwork of(String address) {
        // A zone ("%eth0") is local to this machine.
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address.replaceFirst("%.*", ""));
        if (bytes == null) {
            return new ClientNetwork(address, address);
        }
        String ipv4 = bytes.length == 4 ? ipv4(bytes, 0) : isMapped(bytes) ? ipv4(bytes, 12) : null;
        return ipv4 != null
                ? new ClientNetwork(ipv4, ipv4)
                : new ClientNetwork(prefix(bytes, NARROW_BYTES), prefix(bytes, WIDE_BYTES));
    }

    public boolean hasWide() {
        return !wide.equals(narrow);
    }

    private static String prefix(byte[] address, int bytes) {
        return HexFormat.of().formatHex(Arrays.copyOf(address, bytes));
    }

    /** Whether the address is an IPv4 address in IPv6 form, ::ffff:192.0.2.7. */
    private static boolean isMapped(byte[] address) {
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return address[10] == (byte) 0xFF && address[11] == (byte) 0xFF;
    }

    private static String ipv4(byte[] bytes, int from) {
        return (bytes[from] & 0xFF) + "." + (bytes[from + 1] & 0xFF) + "." + (bytes[from + 2] & 0xFF) + "."
                + (bytes[from + 3] & 0xFF);
    }
}
