package im.hongyan.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Collectors;

/** IP addresses and CIDR ranges, for example {@code 10.0.0.0/8, ::1}. */
public record AddressRanges(List<Range> ranges) {
    public static final AddressRanges NONE = new AddressRanges(List.of());

    public AddressRanges {
        ranges = List.copyOf(ranges);
    }

    public static AddressRanges parse(List<String> texts) {
        return new AddressRanges(texts.stream().map(Range::parse).toList());
    }

    /** @param address an IP address as a socket reports it; a host name is in no range */
    public boolean contains(String address) {
        byte[] bytes = ranges.isEmpty() ? null : bytes(address);
        return bytes != null && ranges.stream().anyMatch(range -> range.contains(bytes));
    }

    @Override
    public String toString() {
        return ranges.stream().map(Range::toString).collect(Collectors.joining(", "));
    }

    private static InetAddress literal(String text) {
        byte[] bytes = bytes(text);
        try {
            if (bytes != null) {
                return InetAddress.getByAddress(bytes);
            }
        } catch (UnknownHostException e) {
            throw new AssertionError("an address has 4 or 16 bytes", e);
        }
        throw new IllegalArgumentException("'" + text + "' is not an IP address or a CIDR range");
    }

    /**
     * Parses an IP address; null if it is not one. {@link InetAddress#getByName} would ask a name server for
     * 300.1.1.1. A zone ("%eth0") is ignored, and an IPv4-mapped IPv6 address becomes an IPv4 address.
     */
    private static byte[] bytes(String address) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes).getAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("an address has 4 or 16 bytes", e);
        }
    }

    /** A network: an address and the length of its prefix in bits. */
    public record Range(InetAddress network, int bits) {
        static Range parse(String text) {
            int slash = text.indexOf('/');
            InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
            int width = address.getAddress().length * 8;
            if (slash < 0) {
                return new Range(address, width);
            }
            String bits = text.substring(slash + 1);
            if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > width) {
                throw new IllegalArgumentException(
                        "'%s' needs a number from 0 to %d after the slash".formatted(text, width));
            }
            return new Range(address, Integer.parseInt(bits));
        }

        /** The number of bits of an address. */
        int width() {
            return network.getAddress().length * 8;
        }

        boolean contains(byte[] address) {
            byte[] prefix = network.getAddress();
            if (address.length != prefix.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public String toString() {
            return network.getHostAddress() + "/" + bits;
        }
    }
}
