package im.hongyan.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Settings that are valid, but expose a server in ways that its operator may not intend. */
final class ExposureChecks {
    /** More addresses than a site has proxies. */
    private static final int MAX_PROXY_BITS = 4;

    private ExposureChecks() {}

    static List<String> warnings(Settings settings) {
        List<String> warnings = new ArrayList<>();
        Settings.Http http = settings.http();
        if (!settings.production() && isReachable(http.host())) {
            warnings.add("http.host: other machines can reach this server at " + http.host()
                    + ", but it runs without production mode: its limits on guessed passwords are those of a"
                    + " developer's machine. Set HONGYAN_PRODUCTION=true, or HONGYAN_HTTP_HOST=127.0.0.1.");
        }
        http.trustedProxies().ranges().stream()
                .filter(range -> range.width() - range.bits() > MAX_PROXY_BITS)
                .forEach(range ->
                        warnings.add("http.trusted-proxies: " + range + " trusts many addresses. If clients are"
                                + " among them, they can invent their address and get around all limits per address."
                                + " List only the addresses of the proxies."));
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
}
