package im.hongyan.architecture.wrong.cluster;

import io.vertx.core.eventbus.EventBus;

/** Breaks no rule: it may see the event bus. */
public record MaySeeTheEventBus(EventBus bus) {}
