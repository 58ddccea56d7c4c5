package im.hongyan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmojiTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "👍",
                "👍🏽",
                "❤",
                "❤️",
                "☺️",
                "🪿",
                "🫡",
                "🇨🇳",
                "🇮🇹",
                "1️⃣",
                "#⃣",
                "*️⃣",
                "👨‍👩‍👧‍👦",
                "👩🏽‍❤️‍💋‍👨🏿",
                "🏳️‍🌈",
                "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
                "🧑🏿‍🚀",
                "🙋‍♀️",
                "©",
                "‼️",
                "ℹ️",
                "㊗️",
                "↔️"
            })
    void isOne_ofWhatAPersonSeesAsOneEmoji(String emoji) {
        assertThat(Emoji.isOne(emoji)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "é",
                "鸿",
                "1",
                "#",
                "👍👍",
                "👍a",
                "a👍",
                "👍 ",
                " 👍",
                "🇨",
                "🇨🇳🇮🇹",
                "🇨🇳️",
                "👍\u0301",
                "👍\u200d",
                "\u200d",
                "\ufe0f",
                "\u200b",
                "\u202e👍",
                "🏽",
                "\n",
                "1\ufe0f",
                "!",
                "€",
                "∑",
                "👍\u20e3",
                "각",
                "क्षि"
            })
    void isOne_ofAnythingElse_isFalse(String text) {
        assertThat(Emoji.isOne(text)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "❤, ❤️",
        "❤️, ❤️",
        "👍, 👍",
        "👍️, 👍",
        "☺, ☺️",
        "1⃣, 1️⃣",
        "1️⃣, 1️⃣",
        "⭐️, ⭐",
        "🏳‍🌈, 🏳️‍🌈",
        "👩🏽‍❤‍💋‍👨🏿, 👩🏽‍❤️‍💋‍👨🏿",
        "☝️🏽, ☝🏽",
        "🇨🇳, 🇨🇳",
        "🕵‍♀, 🕵️‍♀️"
    })
    void normalized_ofEachSpelling_isOneForm(String spelling, String form) {
        assertThat(Emoji.normalized(spelling)).isEqualTo(form);
        assertThat(Emoji.normalized(form)).isEqualTo(form);
        assertThat(Emoji.isOne(form)).isTrue();
    }

    @Test
    void normalized_ofAllThatTheWebClientOffers_changesNothing() throws Exception {
        assertThat(offered())
                .allSatisfy(emoji -> assertThat(Emoji.normalized(emoji)).isEqualTo(emoji));
    }

    @Test
    void react_withEitherSpelling_isTheSameReaction() {
        ConversationId conversation = new ConversationId(Id.next());
        assertThat(new MessageChanges.React(conversation, 1L, "c", "❤", null))
                .isEqualTo(new MessageChanges.React(conversation, 1L, "c", "❤️", null));
    }

    @Test
    void isOne_ofAllThatTheWebClientOffers() throws Exception {
        assertThat(offered()).hasSizeGreaterThan(100).allMatch(Emoji::isOne);
    }

    private static List<String> offered() throws IOException {
        String source = Files.readString(Path.of("src/main/resources/web/views/emoji.js"));
        return Pattern.compile("\"([^\"\\x00-\\x7f]+(?: [^\"\\x00-\\x7f]+)*)\"")
                .matcher(source)
                .results()
                .map(MatchResult::group)
                .flatMap(all -> Arrays.stream(all.replace("\"", "").split(" ")))
                .toList();
    }
}
