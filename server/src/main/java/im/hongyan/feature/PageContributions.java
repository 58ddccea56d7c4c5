package im.hongyan.feature;

import im.hongyan.protocol.PagePolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * What features add to the page of the web client: sources of its Content-Security-Policy, capabilities of its
 * Permissions-Policy, and modules beside the bundle. Filled while features are installed; afterwards only read.
 */
public final class PageContributions {
    private final List<String> modules = new ArrayList<>();
    private PagePolicy policy = PagePolicy.NONE;

    /**
     * @param directive such as {@code img-src}; the source is added to those of the page and of other features
     * @throws IllegalArgumentException if the source is malformed or would make the policy void
     */
    public void allowSource(String directive, String source) {
        policy = policy.allow(directive, source);
    }

    /**
     * @param capability such as {@code camera}, which the page does not have otherwise
     * @param origin {@code self} or an address
     */
    public void allowCapability(String capability, String origin) {
        policy = policy.permit(capability, origin);
    }

    /** @param path of a module below {@code web/} on the class path, which the page imports when it starts */
    public void module(String path) {
        modules.add(path);
    }

    public PagePolicy policy() {
        return policy;
    }

    public List<String> modules() {
        return List.copyOf(modules);
    }
}
