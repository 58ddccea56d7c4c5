package im.hongyan.architecture.wrong.gateway;

import im.hongyan.architecture.wrong.Wrong;

/** Reaches back to the root, where the parts are put together. */
public final class KnowsTheWiring {
    public Class<?> root() {
        return Wrong.class;
    }
}
