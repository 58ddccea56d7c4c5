/**
 * A minimal STUN (RFC 8489) and TURN (RFC 8656) client for testing an operator's TURN server. It blocks, so it runs
 * only in commands, never in a node. Reading order: {@code TurnCheck}, {@code TurnClient}, {@code StunChannel},
 * {@code StunMessage}.
 */
package im.hongyan.call.turn;
