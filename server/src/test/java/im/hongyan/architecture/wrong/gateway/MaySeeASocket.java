package im.hongyan.architecture.wrong.gateway;

import im.hongyan.architecture.wrong.protocol.KnowsDelivery;
import io.vertx.core.http.ServerWebSocket;

/** May do what it does; but it closes a circle, which is the fault of the other two. */
public record MaySeeASocket(ServerWebSocket socket, KnowsDelivery other) {}
