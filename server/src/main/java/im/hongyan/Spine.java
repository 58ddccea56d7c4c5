package im.hongyan;

import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.Membership;
import im.hongyan.cluster.NodeLink;
import im.hongyan.config.Settings;
import im.hongyan.delivery.ClusterEventHandler;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.SessionDirectory;
import im.hongyan.delivery.Sockets;
import im.hongyan.feature.FeatureHooks;
import im.hongyan.feature.Services;
import im.hongyan.gateway.CloseCode;
import im.hongyan.identity.Identity;
import im.hongyan.identity.IdentityEvents;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.TokenMac;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.EntriesReadHandler;
import im.hongyan.timeline.Epoch;
import im.hongyan.timeline.Groups;
import im.hongyan.timeline.ReadMarks;
import im.hongyan.timeline.Sync;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineListener;
import im.hongyan.timeline.UserDirectory;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Set;

/** The base of all features: accounts, the log with its conversations and groups, and delivery to sockets and nodes. */
final class Spine {
    private final Vertx vertx;
    private final Sockets sockets = new Sockets();
    private final SessionDirectory directory;
    private final Presence presence;
    private final ClusterEventHandler clusterEvents;
    private final Membership membership;
    private final Identity identity;
    private final UserDirectory users;
    private final Timeline timeline;
    private final Conversations conversations;
    private final Groups groups;
    private final Delivery delivery;
    private final Epoch epoch;
    private final TokenMac.Factory tokenMacs;
    private FeatureHooks hooks;

    Spine(
            Cluster cluster,
            Settings settings,
            Postgres postgres,
            Redis redis,
            FrameCodec codec,
            MeterRegistry registry) {
        vertx = cluster.vertx();
        directory = new SessionDirectory(cluster, redis, sockets);
        NodeLink link = new NodeLink(cluster, registry);
        delivery = new Delivery(cluster, sockets, directory, link, registry);
        presence = new Presence(vertx, codec, sockets, directory, link, postgres);
        clusterEvents = new ClusterEventHandler(cluster, link, directory, delivery, presence, registry);
        membership = new Membership(cluster, settings.cluster().address(), link, clusterEvents, postgres, registry);
        identity = new Identity(
                vertx, postgres, redis, SpineSettings.identity(settings), new Events(), codec, InstantSource.system());
        users = identity::profiles;
        timeline = new Timeline(vertx, codec, postgres, delivery, registry);
        conversations = new Conversations(timeline, users);
        groups = new Groups(codec, timeline, conversations, users, SpineSettings.groups(settings));
        epoch = new Epoch(postgres);
        tokenMacs = TokenMac.factory(
                settings.auth().keys().stream().map(key -> key.secret().bytes()).toList());
        membership.onRevoked(identity::revokedElsewhere);
    }

    void register(FrameRoutes frames, HttpRoutes http, FrameCodec codec) {
        identity.register(http);
        identity.register(frames);
        conversations.register(frames);
        groups.register(frames);
        new EntriesReadHandler(timeline).register(frames);
        new Sync(timeline, users).register(frames);
        new ReadMarks(vertx, codec, timeline, delivery).register(frames);
    }

    /** What features may use. */
    Services services(Postgres postgres, Redis redis) {
        return new Services()
                .provide(Postgres.class, postgres)
                .provide(Redis.class, redis)
                .provide(Sockets.class, sockets)
                .provide(Delivery.class, delivery)
                .provide(Presence.class, presence)
                .provide(Identity.class, identity)
                .provide(Timeline.class, timeline)
                .provide(Conversations.class, conversations)
                .provide(Groups.class, groups)
                .provide(Epoch.class, epoch)
                .provide(TokenMac.Factory.class, tokenMacs);
    }

    /** @param hooks of the features, which are installed after the spine */
    void connect(FeatureHooks hooks) {
        this.hooks = hooks;
        timeline.listen(new TimelineListener() {
            @Override
            public void memberLeft(ConversationId conversation, UserId user, long seq) {
                hooks.memberLeft(conversation, user, seq);
            }

            @Override
            public void standingChanged(ConversationId conversation, UserId user) {
                hooks.standingChanged(conversation, user);
            }
        });
        identity.onAccountDeleted("conversations", conversations::peerDeleted);
        identity.onAccountDeleted("groups", groups::leaveAll);
        identity.onAccountDeleted("features", hooks::accountDeleted);
        sockets.onOpened(hooks::socketOpened);
        sockets.onClosed(hooks::socketClosed);
        clusterEvents.onNodeLeft(hooks::nodeLeft);
    }

    /** @param onHistoryChanged called when the database holds another history than before */
    Future<Void> start(Runnable onHistoryChanged) {
        return epoch.start(vertx, () -> {
                    timeline.historyChanged();
                    hooks.historyChanged();
                    onHistoryChanged.run();
                })
                .compose(none -> identity.start())
                .onSuccess(none -> {
                    directory.start();
                    presence.start();
                });
    }

    Sockets sockets() {
        return sockets;
    }

    Presence presence() {
        return presence;
    }

    SessionDirectory directory() {
        return directory;
    }

    Membership membership() {
        return membership;
    }

    Identity identity() {
        return identity;
    }

    Epoch epoch() {
        return epoch;
    }

    /** What the rest of the node does when something happens to an account or a session. */
    private final class Events implements IdentityEvents {
        @Override
        public void sessionsEnded(Set<SessionId> sessions) {
            sockets.close(sessions, CloseCode.SIGNED_OUT, "signed out");
            hooks.sessionsEnded(sessions);
        }

        @Override
        public void sessionsRevoked(Set<SessionId> sessions) {
            membership.broadcastRevoked(sessions);
        }

        @Override
        public void profileChanged(UserId user, Frame frame) {
            presence.toWatchers(user, frame);
            hooks.profileChanged(user);
        }
    }
}
