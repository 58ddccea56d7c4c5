package im.hongyan.timeline;

import com.fasterxml.jackson.annotation.JsonRawValue;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.List;

/**
 * An entry as clients see it, in its current state.
 *
 * @param content JSON
 * @param counts true if it counts as unread, otherwise absent; absent once it is recalled
 * @param recalled true or absent
 * @param reactedSeq the newest reaction entry that {@code reactions} holds: those after it are not in the sums yet.
 *     Present also when all reactions were taken away again; absent if there never was one, and in pushes
 */
public record Entry(
        ConversationId conversation,
        long seq,
        String kind,
        UserId sender,
        String clientId,
        Instant at,
        @JsonRawValue String content,
        String summary,
        Boolean counts,
        Boolean recalled,
        Edited edited,
        Long reactedSeq,
        List<Reaction> reactions) {

    /** The newest edit: the entry that made it, and when. */
    public record Edited(long seq, Instant at) {}

    /** @param mine whether the reader reacted with this emoji */
    public record Reaction(String emoji, long count, boolean mine) {}

    static Entry of(NewEntry newEntry, Appended appended, String content) {
        return new Entry(
                newEntry.conversation(),
                appended.seq(),
                newEntry.kind().name(),
                newEntry.sender(),
                newEntry.clientId(),
                appended.at(),
                content,
                newEntry.summary(),
                newEntry.kind().counts() ? true : null,
                null,
                null,
                null,
                null);
    }

    Entry with(String other) {
        return new Entry(
                conversation,
                seq,
                kind,
                sender,
                clientId,
                at,
                other,
                summary,
                counts,
                recalled,
                edited,
                reactedSeq,
                reactions);
    }

    /** Roughly its size on the wire, in bytes. */
    int weight() {
        return 300 + 3 * content.length() + (reactions == null ? 0 : 60 * reactions.size());
    }
}
