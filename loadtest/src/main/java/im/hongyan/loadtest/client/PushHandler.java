package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;

/** Receives pushes in order, on the connection's event loop. */
@FunctionalInterface
public interface PushHandler {
    void push(String type, JsonNode data);

    /**
     * Receives a frame before it is parsed. Useful for clients that count many frames and parse few.
     *
     * @return true to skip the frame
     */
    default boolean skip(byte[] frame) {
        return false;
    }
}
