package im.hongyan.store.redis;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The mode of Redis and its addresses. The addresses of one deployment differ only in host and port. */
public sealed interface RedisServers {
    /** One server. */
    record Standalone(RedisAddress address) implements RedisServers {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /**
     * A master and its replicas, monitored by sentinels.
     *
     * @param sentinels the sentinels' hosts and ports, with the master's user, password, database and TLS
     * @param master the name of the master in the sentinels' configuration
     * @param password of the sentinels, if they require one
     */
    record Sentinel(List<RedisAddress> sentinels, String master, Optional<String> password) implements RedisServers {
        public Sentinel {
            sentinels = List.copyOf(sentinels);
        }

        @Override
        public String toString() {
            return "'" + master + "' of the sentinels " + names(sentinels);
        }
    }

    /**
     * Redis Cluster.
     *
     * @param seeds some of its nodes, through which the others are discovered
     */
    record Cluster(List<RedisAddress> seeds) implements RedisServers {
        public Cluster {
            seeds = List.copyOf(seeds);
        }

        @Override
        public String toString() {
            return "the cluster of " + names(seeds);
        }
    }

    private static String names(List<RedisAddress> addresses) {
        return addresses.stream().map(RedisAddress::hostAndPort).collect(Collectors.joining(", "));
    }
}
