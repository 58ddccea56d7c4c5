package im.hongyan.delivery;

import im.hongyan.delivery.Delivery.Parcel;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import java.util.Collection;

/** The people who are connected to other nodes. */
interface Elsewhere {
    /** A node by itself. */
    Elsewhere NOBODY = new Elsewhere() {
        @Override
        public void entry(ConversationId conversation, long version, Parcel parcel) {}

        @Override
        public void push(Collection<UserId> users, Frame frame) {}
    };

    /** @param version of the conversation's member list as of the entry */
    void entry(ConversationId conversation, long version, Parcel parcel);

    void push(Collection<UserId> users, Frame frame);
}
