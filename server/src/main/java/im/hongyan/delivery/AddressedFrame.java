package im.hongyan.delivery;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import java.util.Collection;

/** A frame and its recipients. */
public record AddressedFrame(Collection<UserId> recipients, Frame frame) {}
