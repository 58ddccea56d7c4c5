package im.hongyan.store.redis;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How Redis is run, and where. The addresses of one set differ in host and port only. */
public sealed interface RedisServers {
    /** One server. */
    record Standalone(RedisAddress address) implements RedisServers {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /**
     * A master and its replicas, watched by sentinels.
     *
     * @param sentinels where the sentinels are; user, password, database and TLS are the master's
     * @param master the name that the sentinels know it by
     * @param password the sentinels' own, if they want one
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
     * @param seeds some of its nodes; the others are found through them
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
        return addresses.stream().map(RedisAddress::name).collect(Collectors.joining(", "));
    }
}
