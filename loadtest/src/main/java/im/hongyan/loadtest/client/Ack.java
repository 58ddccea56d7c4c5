package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The server's acknowledgement that it stored the entry.
 *
 * @param conversation null if the request names none
 * @param seq 0 if the answer has none
 */
public record Ack(String conversation, String clientId, long seq, JsonNode data) {}
