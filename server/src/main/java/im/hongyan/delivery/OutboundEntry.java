package im.hongyan.delivery;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import java.util.Collection;
import java.util.List;

/** An entry that is ready to be pushed: usually one frame for all recipients, at most one per recipient. */
public record OutboundEntry(long seq, List<AddressedFrame> frames) {
    public OutboundEntry(long seq, Collection<UserId> recipients, Frame frame) {
        this(seq, List.of(new AddressedFrame(recipients, frame)));
    }
}
