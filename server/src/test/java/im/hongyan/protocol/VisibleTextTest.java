package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VisibleTextTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\u00a0",
                "\u3000",
                "\u200b",
                "\u200b\u200d",
                "\u2060",
                "\ufeff",
                "\u00ad",
                "\u3164",
                "\u2800",
                "\ufe0f",
                "\u200e\u200f",
                "\n\t",
                "\u034f",
                "\u180b",
                "\u2028",
                "\udb40\udc41",
                "\uffff",
                "\u2065"
            })
    void isVisible_ofBlankText_isFalse(String text) {
        assertThat(VisibleText.isVisible(text)).isFalse();
    }

    /** The last two are newer than Java 17: an emoji and an ideograph of Unicode 15. */
    @ParameterizedTest
    @ValueSource(
            strings = {"a", "鸿", ".", "❤", "\u200ba", "🇨🇳", "ا", "\u0301", "\u0947", "\ud83e\udebf", "\ud884\udf50"})
    void isVisible_ofVisibleText_isTrue(String text) {
        assertThat(VisibleText.isVisible(text)).isTrue();
    }

    @Test
    void cut_insideACluster_cutsBeforeIt() {
        assertThat(VisibleText.cut("ab🇨🇳c", 3)).isEqualTo("ab");
        assertThat(VisibleText.cut("a👨‍👩‍👧‍👦b", 4)).isEqualTo("a");
        assertThat(VisibleText.cut("e\u0301x", 2)).isEqualTo("e\u0301");
        assertThat(VisibleText.cut("xe\u0301", 2)).isEqualTo("x");
        assertThat(VisibleText.cut("abc", 3)).isEqualTo("abc");
        assertThat(VisibleText.cut("👨‍👩‍👧‍👦", 2)).isEqualTo("👨\u200d");
    }

    @Property
    void cut_isAPrefixOfAtMostMaxCharacters(@ForAll String text, @ForAll @IntRange(min = 1, max = 40) int max) {
        String cut = VisibleText.cut(text, max);
        assertThat(text).startsWith(cut);
        assertThat(cut.codePointCount(0, cut.length())).isLessThanOrEqualTo(max);
        if (text.codePointCount(0, text.length()) > max) {
            String first = Pattern.compile("\\X")
                    .matcher(text)
                    .results()
                    .findFirst()
                    .orElseThrow()
                    .group();
            assertThat(cut.isEmpty()).isFalse();
            assertThat(cut.length() >= Math.min(first.length(), cut.length())).isTrue();
        } else {
            assertThat(cut).isEqualTo(text);
        }
    }
}
