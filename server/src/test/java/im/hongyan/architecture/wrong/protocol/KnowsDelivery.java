package im.hongyan.architecture.wrong.protocol;

import im.hongyan.architecture.wrong.delivery.KnowsGateway;

/** Knows a package that it must not know, and closes a circle. */
public record KnowsDelivery(KnowsGateway other) {}
