/**
 * Frames and HTTP calls as clients see them: decoding with errors that name the field, encoding once, and the table of
 * who answers what. Knows no feature and no socket.
 *
 * <p>Invariants: no {@code JsonNode} leaves {@link im.hongyan.protocol.FrameCodec}; a frame type has exactly one owner;
 * each request gets exactly one answer.
 */
package im.hongyan.protocol;
