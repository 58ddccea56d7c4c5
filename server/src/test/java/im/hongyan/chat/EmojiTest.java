package im.hongyan.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

    @Test
    void isOne_ofAllThatTheWebClientOffers() throws Exception {
        String source = Files.readString(Path.of("src/main/resources/web/views/emoji.js"));
        List<String> offered = Pattern.compile("\"([^\"\\x00-\\x7f]+(?: [^\"\\x00-\\x7f]+)*)\"")
                .matcher(source)
                .results()
                .map(MatchResult::group)
                .flatMap(all -> Arrays.stream(all.replace("\"", "").split(" ")))
                .toList();
        assertThat(offered).hasSizeGreaterThan(100).allMatch(Emoji::isOne);
    }
}
