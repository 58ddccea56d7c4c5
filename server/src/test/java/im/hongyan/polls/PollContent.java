package im.hongyan.polls;

import im.hongyan.chat.Content;
import im.hongyan.chat.ContentType;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;
import java.util.List;

/**
 * The content of a message that is a poll.
 *
 * @param question at most 500 bytes of UTF-8
 * @param options at least two different texts of at most 200 bytes each
 */
record PollContent(String question, List<String> options) implements Content {
    static final String NAME = "poll";

    private static final int MAX_QUESTION_BYTES = 500;
    private static final int MAX_OPTION_BYTES = 200;

    PollContent {
        Check.text("question", question, MAX_QUESTION_BYTES);
        Check.present("options", options);
        if (options.size() < 2) {
            throw Rejection.field("options", "field.length", "'options' needs at least two texts");
        }
        options.forEach(option -> Check.text("options", option, MAX_OPTION_BYTES));
        options = Check.distinct("options", options, Integer.MAX_VALUE);
    }

    /** @param maxOptions the operator's bound, which a record cannot know */
    static ContentType<PollContent> type(int maxOptions) {
        return new ContentType<>(NAME, PollContent.class, false, poll -> Polls.SUMMARY + poll.question)
                .checkedBy(poll -> Check.distinct("options", poll.options, maxOptions));
    }

    @Override
    public String type() {
        return NAME;
    }
}
