package im.hongyan.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds connections to other machines that carry messages or passwords without encryption. */
final class PlaintextWarnings {
    private static final Set<String> ENCRYPTED = Set.of("require", "verify-ca", "verify-full");
    private static final Set<String> LOCAL = Set.of("localhost", "::1", "[::1]");

    private PlaintextWarnings() {}

    static List<String> of(Settings settings) {
        List<String> warnings = new ArrayList<>();
        if (settings.cluster().enabled() && settings.cluster().tls().isEmpty()) {
            warnings.add("HONGYAN_CLUSTER_TLS_*: the nodes exchange messages without encryption; set a certificate,"
                    + " its key and a CA, unless only the nodes can reach this network.");
        }
        settings.postgres()
                .url()
                .filter(PlaintextWarnings::isRemote)
                .filter(url -> !ENCRYPTED.contains(url.parameters().getOrDefault("sslmode", "prefer")))
                .ifPresent(url -> warnings.add("HONGYAN_POSTGRES_URL: sslmode "
                        + url.parameters().getOrDefault("sslmode", "is missing and")
                        + " does not enforce encryption to " + url.host()
                        + "; add sslmode=verify-full and sslrootcert."));
        settings.redis()
                .url()
                .filter(PlaintextWarnings::isRemote)
                .filter(url -> url.scheme().equals("redis"))
                .ifPresent(url -> warnings.add("HONGYAN_REDIS_URL: redis:// sends the password and all data to "
                        + url.host() + " without encryption; use rediss://."));
        return warnings;
    }

    private static boolean isRemote(StoreUrl url) {
        return url.hosts().stream()
                .map(StoreUrl.Host::name)
                .anyMatch(name -> !LOCAL.contains(name) && !name.matches("127(\\.\\d{1,3}){3}"));
    }
}
