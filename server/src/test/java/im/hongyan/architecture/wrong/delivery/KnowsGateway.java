package im.hongyan.architecture.wrong.delivery;

import im.hongyan.architecture.wrong.gateway.MaySeeASocket;

/** Knows a package that it must not know, and is part of a circle. */
public record KnowsGateway(MaySeeASocket other) {}
