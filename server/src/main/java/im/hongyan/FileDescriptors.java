package im.hongyan;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file descriptors of this process, of which every connection takes one. */
final class FileDescriptors {
    /** For the admin port, the stores, other nodes and files. */
    private static final int RESERVE = 512;

    private static final Logger LOG = LoggerFactory.getLogger(FileDescriptors.class);

    private FileDescriptors() {}

    /** @return how many of the wanted connections the process can open without using its reserve */
    static int connections(int wanted) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return wanted;
        }
        int max = connections(wanted, system.getMaxFileDescriptorCount());
        if (max < wanted) {
            LOG.warn(
                    "This process may open {} files, so it accepts {} connections instead of {}; raise the limit"
                            + " (ulimit -n, LimitNOFILE) or lower HONGYAN_LIMITS_CONNECTIONS_PER_NODE",
                    system.getMaxFileDescriptorCount(),
                    max,
                    wanted);
        }
        return max;
    }

    static int connections(int wanted, long descriptors) {
        // At least half, in case the limit is tiny.
        return (int) Math.min(wanted, Math.max(descriptors - RESERVE, descriptors / 2));
    }
}
