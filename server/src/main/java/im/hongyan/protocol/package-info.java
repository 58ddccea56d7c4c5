/**
 * Frames and HTTP requests as clients see them: decoding with errors that name the field, encoding, and the tables of
 * routes. Knows no feature and no socket.
 *
 * <p>Invariants: features see records, never a {@code JsonNode}; a frame type or HTTP route has exactly one owner; each
 * request gets exactly one answer.
 */
package im.hongyan.protocol;
