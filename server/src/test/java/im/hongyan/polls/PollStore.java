package im.hongyan.polls;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The tables {@code poll_vote} and {@code poll_closed}. */
final class PollStore {
    private static final String VOTE =
            """
            INSERT INTO poll_vote (conversation, seq, user_id, option) VALUES ($1, $2, $3, $4)
            ON CONFLICT (conversation, seq, user_id) DO UPDATE SET option = excluded.option
            """;

    private static final String RETRACT = "DELETE FROM poll_vote WHERE conversation = $1 AND seq = $2 AND user_id = $3";

    /** Reads at most one row per member, so at most 500. */
    private static final String COUNT =
            """
            SELECT option::int AS option, count(*)::int AS votes, bool_or(user_id = $3) AS own
            FROM poll_vote WHERE conversation = $1 AND seq = $2 GROUP BY option
            """;

    private static final String IS_CLOSED = "SELECT 1 FROM poll_closed WHERE conversation = $1 AND seq = $2";

    private static final String CLOSE =
            "INSERT INTO poll_closed (conversation, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    /** Only in open polls: the results of a closed one are final. */
    private static final String DELETE_OF_MEMBER =
            """
            DELETE FROM poll_vote v WHERE conversation = $1 AND user_id = $2 AND NOT EXISTS (
              SELECT 1 FROM poll_closed c WHERE c.conversation = v.conversation AND c.seq = v.seq)
            """;

    /** @param option null removes the vote */
    Future<Void> vote(Transaction tx, ConversationId conversation, long seq, UserId user, Integer option) {
        if (option == null) {
            return tx.query(RETRACT, Tuple.of(conversation.value(), seq, user.value()))
                    .mapEmpty();
        }
        return tx.query(VOTE, Tuple.of(conversation.value(), seq, user.value(), option))
                .mapEmpty();
    }

    /** @param options how many options the poll has */
    Future<PollFrames.Results> results(
            Transaction tx, ConversationId conversation, long seq, UserId user, int options) {
        return tx.query(COUNT, Tuple.of(conversation.value(), seq, user.value()))
                .compose(counted -> isClosed(tx, conversation, seq).map(closed -> {
                    List<Integer> votes = new ArrayList<>(Collections.nCopies(options, 0));
                    Integer own = null;
                    for (Row row : counted) {
                        int option = row.getInteger("option");
                        votes.set(option, row.getInteger("votes"));
                        if (row.getBoolean("own")) {
                            own = option;
                        }
                    }
                    return new PollFrames.Results(conversation, seq, votes, own, closed ? true : null);
                }));
    }

    Future<Boolean> isClosed(Transaction tx, ConversationId conversation, long seq) {
        return tx.query(IS_CLOSED, Tuple.of(conversation.value(), seq)).map(rows -> rows.size() > 0);
    }

    /** @return false if it was already closed */
    Future<Boolean> close(Transaction tx, ConversationId conversation, long seq) {
        return tx.query(CLOSE, Tuple.of(conversation.value(), seq)).map(rows -> rows.rowCount() > 0);
    }

    Future<Void> deleteVotes(Transaction tx, ConversationId conversation, UserId user) {
        return tx.query(DELETE_OF_MEMBER, Tuple.of(conversation.value(), user.value()))
                .mapEmpty();
    }
}
