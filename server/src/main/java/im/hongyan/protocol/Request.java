package im.hongyan.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A request frame whose envelope is sound; its data is not looked at yet. */
public record Request(String type, String id, ObjectNode data) implements InboundFrame {}
