package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.Rejection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordTest {
    @Test
    void of_compatibilityForms_haveSameBytes() {
        // Composed and decomposed e-acute, full-width and ASCII digits.
        assertThat(Password.of("caf\u00e9 \uff11\uff12\uff13\uff14").utf8())
                .isEqualTo(Password.of("cafe\u0301 1234").utf8());
    }

    @Test
    void toString_isRedacted() {
        assertThat(Password.of("correct horse")).hasToString("[redacted]");
    }

    @ParameterizedTest
    @ValueSource(ints = {257, 600, 100_000})
    void of_tooLong_fails(int length) {
        assertThatThrownBy(() -> Password.of("x".repeat(length)))
                .isInstanceOfSatisfying(
                        Rejection.class, e -> assertThat(e.reason()).isEqualTo("password.length"));
    }

    @Test
    void of_tooLongInNfkc_fails() {
        assertThatThrownBy(() -> Password.of("\ufdfa".repeat(256))).isInstanceOf(Rejection.class);
    }

    @Test
    void of_maxAstralCharacters_succeeds() {
        assertThatCode(() -> Password.of("\ud83d\ude00".repeat(256)).choose("password", "bob"))
                .doesNotThrowAnyException();
    }

    @Test
    void of_unpairedSurrogate_fails() {
        assertThatThrownBy(() -> Password.of("longenough\ud83d"))
                .isInstanceOfSatisfying(
                        Rejection.class, e -> assertThat(e.reason()).isEqualTo("field.surrogate"));
    }

    @ParameterizedTest
    @CsvSource({
        "short12, password.length",
        "password, password.common",
        "PassWord, password.common",
        "12345678, password.common",
        "bobby_tables, password.common"
    })
    void choose_common_fails(String password, String reason) {
        assertThatThrownBy(() -> Password.of(password).choose("newPassword", "bobby_tables"))
                .isInstanceOfSatisfying(Rejection.class, e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.field()).isEqualTo("newPassword");
                });
    }

    @Test
    void choose_eightCharactersOfAnyScript_succeeds() {
        Password chosen = Password.of("\u4e09\u4eba\u884c\u5fc5\u6709\u6211\u5e08\u7109");

        assertThat(chosen.choose("password", "bob")).isSameAs(chosen);
    }
}
