package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.Rejection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DisplayNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bob",
                "\u5f20\u4e09",
                "\u0645\u062d\u0645\u062f",
                // A family of four in one emoji, joined by format characters.
                "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67\u200d\ud83d\udc66",
                "O'Brien-\u00d1"
            })
    void of_anyScript_succeeds(String typed) {
        assertThat(DisplayName.of(typed).text()).isEqualTo(typed);
    }

    @Test
    void of_trimsAndComposes() {
        assertThat(DisplayName.of("\u3000 Rene\u0301\t").text()).isEqualTo("Ren\u00e9");
    }

    @Test
    void of_maxAstralCharacters_succeeds() {
        assertThat(DisplayName.of("\ud83d\ude00".repeat(64)).text()).hasSize(128);
    }

    @ParameterizedTest
    @CsvSource({
        "'', field.empty",
        "'  ', field.empty",
        "'\u200b\u200b', field.empty",
        "'\u3164', field.empty",
        "'a\u0000b', field.control",
        "'a\nb', field.control",
        "'a\u2028b', field.control",
        "'evil\u202etxt', field.control",
        "'a\ud800b', field.surrogate"
    })
    void of_notOneVisibleLine_fails(String typed, String reason) {
        assertThatThrownBy(() -> DisplayName.of(typed))
                .isInstanceOfSatisfying(
                        Rejection.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 1_000_000})
    void of_tooLong_fails(int length) {
        assertThatThrownBy(() -> DisplayName.of("x".repeat(length)))
                .isInstanceOfSatisfying(
                        Rejection.class, e -> assertThat(e.reason()).isEqualTo("field.too_long"));
    }
}
