package im.hongyan.loadtest.client;

/**
 * What a client knows of one conversation.
 *
 * @param state {@code member}, {@code left}, or null when it was only met in pushes
 * @param shown all that is visible up to here was shown
 * @param head the highest entry known to exist
 * @param readSeq the user's read cursor, as of the last sync or push
 * @param unread as of the last sync
 */
public record ConversationView(String conversation, String state, long shown, long head, long readSeq, long unread) {}
