package im.hongyan.polls;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import java.util.List;

/** The frames and answers of polls. A poll is named by its conversation and the {@code seq} of its message. */
final class PollFrames {
    private PollFrames() {}

    /** @param option the index of an option; absent takes the vote back */
    record Vote(ConversationId conversation, Long seq, Integer option) {
        public Vote {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
        }
    }

    record Get(ConversationId conversation, Long seq) {
        public Get {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
        }
    }

    record Close(ConversationId conversation, Long seq, String clientId) {
        public Close {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
            Check.clientId(clientId);
        }
    }

    /**
     * @param votes the number of votes for each option
     * @param own the index of the caller's vote; absent if there is none
     * @param closed true or absent
     */
    record Results(ConversationId conversation, long seq, List<Integer> votes, Integer own, Boolean closed) {}

    /** The push {@code poll.changed}: the votes are different. */
    record Changed(ConversationId conversation, long seq, List<Integer> votes) {}

    /**
     * The content of an entry of kind {@code poll}.
     *
     * @param seq the poll that was closed
     * @param votes the final number of votes for each option
     */
    record Closed(long seq, List<Integer> votes) {}
}
