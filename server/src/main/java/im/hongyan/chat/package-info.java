/**
 * Messages: send, recall, edit, react; and what lives for a moment, typing and presence.
 *
 * <p>Frames: {@code message.*}, {@code typing}, {@code presence.watch}. No tables of its own: all of it is entries of the
 * log.
 */
package im.hongyan.chat;
