package im.hongyan.polls;

import im.hongyan.config.SettingsReader;

/** @param maxOptions the maximum number of options of a poll */
record PollSettings(int maxOptions) {
    /** The highest value that the setting may have. */
    static final int MAX_OPTIONS = 50;

    /** The settings {@code polls.*}. */
    static PollSettings read(SettingsReader settings) {
        return new PollSettings(
                settings.number("polls.max-options", 10, 2, MAX_OPTIONS, "The maximum number of options of a poll."));
    }
}
