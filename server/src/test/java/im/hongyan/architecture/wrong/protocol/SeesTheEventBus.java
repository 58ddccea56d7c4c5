package im.hongyan.architecture.wrong.protocol;

import io.vertx.core.eventbus.EventBus;

/** Sees what only cluster may see. */
public record SeesTheEventBus(EventBus bus) {}
