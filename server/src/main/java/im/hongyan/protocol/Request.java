package im.hongyan.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A request with a valid envelope. Its data is decoded when it is routed. */
public record Request(String type, String id, ObjectNode data) implements InboundFrame {}
