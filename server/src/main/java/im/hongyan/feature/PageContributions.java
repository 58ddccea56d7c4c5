package im.hongyan.feature;

import im.hongyan.protocol.PagePolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * What features add to the page of the web client: permissions, and modules beside the bundle. Features write to it
 * only while they are installed.
 */
public final class PageContributions {
    private PagePolicy policy = PagePolicy.NONE;
    private final List<String> modules = new ArrayList<>();

    /**
     * Adds to what the page may load and use, for example
     * {@code PagePolicy.NONE.allow("img-src", "https://tiles.example")}.
     */
    public void allow(PagePolicy more) {
        policy = policy.plus(more);
    }

    /**
     * Has the page import a module that is not part of the bundle.
     *
     * @param path below {@code web/} on the class path, such as {@code features/stickers/feature.js}
     */
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
