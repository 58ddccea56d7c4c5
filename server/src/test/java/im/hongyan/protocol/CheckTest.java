package im.hongyan.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CheckTest {
    static Stream<Arguments> refusals() {
        return Stream.of(
                refusal(() -> Check.present("f", null), "field.missing"),
                refusal(() -> Check.text("f", null, 10), "field.missing"),
                refusal(() -> Check.text("f", "", 10), "field.empty"),
                refusal(() -> Check.text("f", " \t\n\u2003", 10), "field.empty"),
                refusal(() -> Check.text("f", "12345678901", 10), "field.too_long"),
                refusal(() -> Check.text("f", "鸿鸿鸿鸿", 11), "field.too_long"),
                refusal(() -> Check.text("f", "a\0b", 10), "field.nul"),
                refusal(() -> Check.text("f", "\ud83d", 10), "field.surrogate"),
                refusal(() -> Check.text("f", "\udc4b", 10), "field.surrogate"),
                refusal(() -> Check.text("f", "\udc4b\ud83d", 10), "field.surrogate"),
                refusal(() -> Check.text("f", "\ud83d\ud83d\udc4b", 20), "field.surrogate"),
                refusal(() -> Check.optionalText("f", "12345678901", 10), "field.too_long"),
                refusal(() -> Check.range("f", null, 0, 5), "field.missing"),
                refusal(() -> Check.range("f", -1L, 0, 5), "field.out_of_range"),
                refusal(() -> Check.range("f", 6L, 0, 5), "field.out_of_range"),
                refusal(() -> Check.distinct("f", List.of(1, 2, 3), 2), "field.too_many"),
                refusal(() -> Check.distinct("f", List.of(1, 1), 2), "field.duplicate"),
                refusal(() -> Check.distinct("f", Arrays.asList(1, null), 2), "field.type"),
                refusal(() -> Check.nonEmptyDistinct("f", null, 2), "field.missing"),
                refusal(() -> Check.nonEmptyDistinct("f", List.of(), 2), "field.empty"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void invalid_failsNamingField(ThrowingCallable check, String reason) {
        Rejection rejection = catchThrowableOfType(Rejection.class, check);

        assertThat(rejection.kind()).isEqualTo(ErrorKind.INVALID);
        assertThat(rejection.reason()).isEqualTo(reason);
        assertThat(rejection.field()).isEqualTo("f");
        assertThat(rejection.getMessage()).contains("'f'");
    }

    @Test
    void valid_isReturned() {
        assertThat(Check.text("f", "1234567890", 10)).isEqualTo("1234567890");
        assertThat(Check.text("f", "👋🏽", 8)).isEqualTo("👋🏽");
        assertThat(Check.optionalText("f", null, 1)).isNull();
        assertThat(Check.optionalText("f", "", 1)).isEmpty();
        assertThat(Check.range("f", 5L, 0, 5)).isEqualTo(5);
        assertThat(Check.limit(null, 20, 50)).isEqualTo(20);
        assertThat(Check.limit(50, 20, 50)).isEqualTo(50);
        assertThat(Check.distinct("f", null, 2)).isEmpty();
        assertThat(Check.distinct("f", List.of(2, 1), 2)).containsExactly(2, 1);
    }

    @Test
    void limit_outOfRange_fails() {
        for (int wrong : new int[] {0, -1, 51, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThat(catchThrowableOfType(Rejection.class, () -> Check.limit(wrong, 20, 50))
                            .field())
                    .isEqualTo("limit");
        }
    }

    @Test
    void clientId_has1To64Characters() {
        assertThat(Check.clientId("👋".repeat(64))).hasSize(128);
        assertThat(Check.optionalClientId(null)).isNull();
        for (String wrong : new String[] {null, "", "👋".repeat(65), "x".repeat(65), "a\0", "\ud83d"}) {
            assertThat(catchThrowableOfType(Rejection.class, () -> Check.clientId(wrong))
                            .field())
                    .isEqualTo("clientId");
        }
    }

    /** Accepted text can be stored in PostgreSQL and sent as UTF-8, and is within its limit. */
    @Property
    void text_accepted_isStorable(@ForAll String text) {
        boolean fit = UTF_8.newEncoder().canEncode(text)
                && text.indexOf(0) < 0
                && VisibleText.isVisible(text)
                && text.getBytes(UTF_8).length <= 40;
        Rejection rejection = catchThrowableOfType(Rejection.class, () -> Check.text("f", text, 40));
        assertThat(rejection == null).isEqualTo(fit);
    }

    private static Arguments refusal(ThrowingCallable check, String reason) {
        return arguments(check, reason);
    }
}
