package im.hongyan.timeline;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.time.OffsetDateTime;
import java.util.Map;

/**
 * A conversation as one member sees it in a list.
 *
 * @param title of a group; the one that it had when this user left
 * @param peer the other user of a direct conversation
 * @param memberCount,role absent for a user who has left
 * @param openHistory whether users who join a group see earlier entries; absent in direct conversations, and for a user
 *     who has left
 * @param firstSeq,lastSeq the range that this user may see, apart from holes for absences
 * @param unread at most 999
 * @param last the newest entry that a list shows, in its current state
 * @param peerReadSeq how far the peer of a direct conversation has read
 * @param fields of features, by name
 */
public record ConversationView(
        ConversationId id,
        ConversationKind kind,
        String title,
        UserId peer,
        Integer memberCount,
        Role role,
        Boolean openHistory,
        long firstSeq,
        long lastSeq,
        long readSeq,
        int unread,
        Entry last,
        Long peerReadSeq,
        @JsonIgnore OffsetDateTime activeAt,
        @JsonIgnore Map<String, Object> fields) {

    /** The fields that features add, beside the others. */
    @JsonAnyGetter
    public Map<String, Object> featureFields() {
        return fields;
    }

    ConversationView withFields(Map<String, Object> fields) {
        return new ConversationView(
                id,
                kind,
                title,
                peer,
                memberCount,
                role,
                openHistory,
                firstSeq,
                lastSeq,
                readSeq,
                unread,
                last,
                peerReadSeq,
                activeAt,
                fields);
    }
}
