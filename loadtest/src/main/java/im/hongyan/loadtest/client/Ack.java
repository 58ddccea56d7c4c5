package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The server stored it.
 *
 * @param conversation null for a request that names none
 * @param seq 0 when the answer tells none
 */
public record Ack(String conversation, String clientId, long seq, JsonNode data) {}
