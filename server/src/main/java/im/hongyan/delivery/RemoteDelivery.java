package im.hongyan.delivery;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import java.util.Collection;

/** Delivers frames to users that are connected to other nodes. */
interface RemoteDelivery {
    /** For a standalone node. */
    RemoteDelivery NONE = new RemoteDelivery() {
        @Override
        public void deliver(ConversationId conversation, long version, OutboundEntry entry) {}

        @Override
        public void push(Collection<UserId> users, Frame frame) {}

        @Override
        public void setBroadcastMode(String node, boolean enabled) {}

        @Override
        public boolean isIdle() {
            return true;
        }
    };

    /** @param version the version of the conversation's member list as of the entry; 0 if unknown */
    void deliver(ConversationId conversation, long version, OutboundEntry entry);

    void push(Collection<UserId> users, Frame frame);

    /** Starts or stops sending all frames to a node whose users may be missing in the session directory. */
    void setBroadcastMode(String node, boolean enabled);

    /** Whether every frame has been handed to the links to other nodes. */
    boolean isIdle();
}
