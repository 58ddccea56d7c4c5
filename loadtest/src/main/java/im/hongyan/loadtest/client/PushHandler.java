package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;

/** Receives what the server says unasked, in the order in which it arrives, on the connection's event loop. */
@FunctionalInterface
public interface PushHandler {
    void push(String type, JsonNode data);

    /**
     * A frame as it came, before it is parsed; for those who count many and look into few.
     *
     * @return true to have it passed over
     */
    default boolean skip(byte[] frame) {
        return false;
    }
}
