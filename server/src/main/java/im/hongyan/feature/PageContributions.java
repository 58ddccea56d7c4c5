package im.hongyan.feature;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What features add to the page of the web client: sources of its Content-Security-Policy, capabilities of its
 * Permissions-Policy, and modules beside the bundle. Filled while features are installed; afterwards only read.
 */
public final class PageContributions {
    private final Map<String, Set<String>> contentSecurityPolicy = new LinkedHashMap<>();
    private final Map<String, String> permissionsPolicy = new LinkedHashMap<>();
    private final List<String> modules = new ArrayList<>();

    /** @param directive such as {@code img-src}; the sources are added to those of the page and of other features */
    public void allowSource(String directive, String source) {
        contentSecurityPolicy
                .computeIfAbsent(directive, none -> new LinkedHashSet<>())
                .add(source);
    }

    /**
     * @param capability such as {@code camera}
     * @param allowlist such as {@code (self)}
     * @throws IllegalStateException if another feature has given it another allowlist
     */
    public void allowCapability(String capability, String allowlist) {
        String other = permissionsPolicy.putIfAbsent(capability, allowlist);
        if (other != null && !other.equals(allowlist)) {
            throw new IllegalStateException("two allowlists for " + capability + ": " + other + ", " + allowlist);
        }
    }

    /** @param path of a module below {@code web/} on the class path, which the page imports when it starts */
    public void module(String path) {
        modules.add(path);
    }

    public Map<String, Set<String>> contentSecurityPolicy() {
        return contentSecurityPolicy;
    }

    public Map<String, String> permissionsPolicy() {
        return permissionsPolicy;
    }

    public List<String> modules() {
        return List.copyOf(modules);
    }
}
