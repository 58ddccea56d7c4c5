package im.hongyan.polls;

import im.hongyan.config.SettingsReader;

/** @param maxOptions the most options of a poll */
public record PollSettings(int maxOptions) {
    /** The settings {@code polls.*}. */
    static PollSettings read(SettingsReader settings) {
        return new PollSettings(settings.number("polls.max-options", 10, 2, 50, "The most options of a poll."));
    }
}
