package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.Rejection;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsernameTest {
    @ParameterizedTest
    @ValueSource(strings = {"bob", "Bob", "a.b-c_d", "a--b", "007", "a1234567890123456789012345678901"})
    void of_matchingPattern_succeeds(String typed) {
        assertThat(Username.of(typed).text()).isEqualTo(typed.toLowerCase(Locale.ROOT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ab",
                "a12345678901234567890123456789012",
                "a b",
                "bob\n",
                "bob@example.org",
                "...",
                "_admin",
                "admin_",
                ".bob",
                "bob-",
                "b\u00f6b",
                "\u5f20\u4e09\u4e30",
                // The Kelvin sign and the dotted capital I fold to ASCII letters.
                "\u212aim",
                "\u0130da",
                "bob\u0000"
            })
    void of_notMatchingPattern_fails(String typed) {
        assertThatThrownBy(() -> Username.of(typed)).isInstanceOfSatisfying(Rejection.class, e -> assertThat(e.reason())
                .isEqualTo("username.form"));
    }

    @Property
    void text_anyCase_isTheSame(
            @ForAll @StringLength(min = 1, max = 30) @CharRange(from = 'a', to = 'z') @Chars({'.', '_', '-', '0', '9'})
                    String middle) {
        String name = "k" + middle + "i";
        assertThat(Username.of(name.toUpperCase(Locale.ROOT)).text())
                .isEqualTo(Username.of(name).text());
    }

    @Test
    void reserved_authorityNames_isTrue() {
        assertThat(Username.of("Admin").reserved()).isTrue();
        assertThat(Username.of("adminx").reserved()).isFalse();
    }
}
