package im.hongyan.testkit;

import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.NodeLink;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.SessionDirectory;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;

/** The delivery of a node without a cluster, on real stores. */
public final class TestDelivery {
    public final Sockets sockets = new Sockets();
    public final Delivery delivery;
    public final Presence presence;

    public TestDelivery(Vertx vertx, FrameCodec codec, Postgres postgres, Redis redis, SimpleMeterRegistry meters) {
        Cluster cluster = Cluster.standalone(vertx);
        delivery = new Delivery(vertx, sockets);
        presence = new Presence(
                vertx,
                codec,
                sockets,
                new SessionDirectory(cluster, redis, sockets),
                new NodeLink(cluster, meters),
                postgres);
    }
}
