package im.hongyan.loadtest.client;

/**
 * What a client knows about one conversation.
 *
 * @param state {@code member}, {@code left}, or null if the client knows the conversation only from pushes
 * @param shown everything visible up to here was shown
 * @param head the highest entry known to exist
 * @param readSeq the user's read cursor, according to the last sync or push
 * @param unread according to the last sync
 */
public record ConversationView(String conversation, String state, long shown, long head, long readSeq, long unread) {}
