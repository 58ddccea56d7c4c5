/**
 * Brings frames from features to sockets: the node's sockets, the directory of who is connected where, presence.
 *
 * <p>Invariants: a frame is encoded once, and its bytes are shared by all sockets it goes to; entries of a conversation
 * leave in the order of the log; losing a push loses nothing.
 */
package im.hongyan.delivery;
