package im.hongyan.config;

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

    /** Whether an address, a literal as sockets tell it, is in one of the ranges; a name never is. */
    public boolean contains(String address) {
        if (ranges.isEmpty() || !isLiteral(address)) {
            return false;
        }
        byte[] bytes = literal(address).getAddress();
        return ranges.stream().anyMatch(range -> range.contains(bytes));
    }

    @Override
    public String toString() {
        return ranges.stream().map(Range::toString).collect(Collectors.joining(", "));
    }

    private static boolean isLiteral(String text) {
        return text.indexOf(':') >= 0 ? text.matches("[0-9A-Fa-f:.]+(%.*)?") : text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    }

    private static InetAddress literal(String text) {
        if (!isLiteral(text)) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address or a CIDR range");
        }
        try {
            // Only literals come here, so this never asks a name server. A zone ("%eth0") says nothing about the range.
            return InetAddress.getByName(text.replaceAll("%.*", ""));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address or a CIDR range", e);
        }
    }

    /** One network: an address and the number of leading bits that count. */
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
                throw new IllegalArgumentException("'%s' needs 0 to %d after the slash".formatted(text, width));
            }
            return new Range(address, Integer.parseInt(bits));
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
