/**
 * A client of STUN (RFC 8489) and TURN (RFC 8656), as far as the self-test of an operator's TURN server needs it. It
 * blocks, so it runs in commands only, never in a node. Reading order: {@code TurnCheck}, {@code TurnClient},
 * {@code StunChannel}, {@code StunMessage}.
 */
package im.hongyan.call.turn;
