/**
 * Messages: sending, recalling, editing, reacting; and what is never stored: typing and presence.
 *
 * <p>Frames: {@code message.*}, {@code typing}, {@code presence.watch}. It has no tables of its own: everything is an
 * entry of the log. Other features add types of content through {@link im.hongyan.chat.ContentTypes}.
 */
package im.hongyan.chat;
