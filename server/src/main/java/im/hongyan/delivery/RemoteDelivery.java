package im.hongyan.delivery;

import im.hongyan.delivery.Delivery.OutboundEntry;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import java.util.Collection;

/** The people who are connected to other nodes. */
interface RemoteDelivery {
    /** A node by itself. */
    RemoteDelivery NOBODY = new RemoteDelivery() {
        @Override
        public void entry(ConversationId conversation, long version, OutboundEntry parcel) {}

        @Override
        public void push(Collection<UserId> users, Frame frame) {}

        @Override
        public void everything(String node, boolean wanted) {}

        @Override
        public boolean isIdle() {
            return true;
        }
    };

    /** @param version of the conversation's member list as of the entry */
    void entry(ConversationId conversation, long version, OutboundEntry parcel);

    void push(Collection<UserId> users, Frame frame);

    /** A node that is not sure that its people are in the directory gets all frames, or does so no more. */
    void everything(String node, boolean wanted);

    /** Whether all of it is on its way. */
    boolean isIdle();
}
