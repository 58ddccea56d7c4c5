package im.hongyan.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds settings that are valid but probably a mistake: each warning names the setting, the danger and the remedy. */
final class SettingsWarnings {
    private static final Set<String> ENCRYPTED = Set.of("require", "verify-ca", "verify-full");
    private static final Set<String> LOCAL = Set.of("localhost", "::1", "[::1]");
    /** More addresses than a site has proxies. */
    private static final int MAX_PROXY_BITS = 4;

    private SettingsWarnings() {}

    static List<String> of(Settings settings) {
        List<String> warnings = exposure(settings);
        if (settings.production()) {
            warnings.addAll(plaintext(settings));
        }
        return warnings;
    }

    /** The server is exposed in ways that its operator may not intend. */
    private static List<String> exposure(Settings settings) {
        List<String> warnings = new ArrayList<>();
        Settings.Http http = settings.http();
        if (!settings.production() && isReachable(http.host())) {
            warnings.add("HONGYAN_HTTP_HOST: other machines can reach this server at " + http.host()
                    + ", but it runs without production mode: its limits on guessed passwords are those of a"
                    + " developer's machine. Set HONGYAN_PRODUCTION=true, or HONGYAN_HTTP_HOST=127.0.0.1.");
        }
        http.trustedProxies().ranges().stream()
                .filter(range -> range.width() - range.bits() > MAX_PROXY_BITS)
                .forEach(range ->
                        warnings.add("HONGYAN_HTTP_TRUSTED_PROXIES: " + range + " trusts many addresses. If clients are"
                                + " among them, they can invent their address and get around all limits per address."
                                + " List only the addresses of the proxies."));
        return warnings;
    }

    /** Connections to other machines carry messages or passwords without encryption. */
    private static List<String> plaintext(Settings settings) {
        List<String> warnings = new ArrayList<>();
        if (settings.cluster().enabled() && settings.cluster().tls().isEmpty()) {
            warnings.add("HONGYAN_CLUSTER_TLS_*: the nodes exchange messages without encryption; set a certificate,"
                    + " its key and a CA, unless only the nodes can reach this network.");
        }
        settings.postgres()
                .url()
                .filter(SettingsWarnings::isRemote)
                .filter(url -> !ENCRYPTED.contains(url.parameters().getOrDefault("sslmode", "prefer")))
                .ifPresent(url -> warnings.add("HONGYAN_POSTGRES_URL: sslmode "
                        + url.parameters().getOrDefault("sslmode", "is missing and")
                        + " does not enforce encryption to " + url.host()
                        + "; add sslmode=verify-full and sslrootcert."));
        settings.redis()
                .url()
                .filter(SettingsWarnings::isRemote)
                .filter(url -> url.scheme().equals("redis"))
                .ifPresent(url -> warnings.add("HONGYAN_REDIS_URL: redis:// sends the password and all data to "
                        + url.host() + " without encryption; use rediss://."));
        return warnings;
    }

    /** Whether other machines may connect; a name that cannot be resolved is reported elsewhere. */
    private static boolean isReachable(String host) {
        try {
            return !InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean isRemote(StoreUrl url) {
        return url.hosts().stream()
                .map(StoreUrl.Host::name)
                .anyMatch(name -> !LOCAL.contains(name) && !name.matches("127(\\.\\d{1,3}){3}"));
    }
}
