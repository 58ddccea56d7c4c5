package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdTest {
    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

    @Property
    void text_roundTrips(@ForAll("uuids") UUID uuid) {
        String text = Id.Text.encode(uuid);

        assertThat(text).matches("[0-7][0-9a-hjkmnp-tv-z]{25}");
        assertThat(Id.Text.decode(text)).isEqualTo(uuid);
        assertThat(UserId.of(text)).isEqualTo(new UserId(uuid)).hasToString(text);
    }

    /** Texts sort as the numbers do, and so as PostgreSQL sorts uuids. */
    @Property
    void text_sortsAsNumber(@ForAll("uuids") UUID one, @ForAll("uuids") UUID other) {
        int expected = number(one).compareTo(number(other));

        assertThat(Integer.signum(Id.Text.encode(one).compareTo(Id.Text.encode(other))))
                .isEqualTo(expected);
        assertThat(Integer.signum(new ConversationId(one).compareTo(new ConversationId(other))))
                .isEqualTo(expected);
    }

    /** Every valid text is the only spelling of its number. */
    @Property
    void decode_validText_isCanonical(@ForAll("spellings") String text) {
        assertThat(Id.Text.encode(Id.Text.decode(text))).isEqualTo(text);
    }

    @Property
    void decode_otherText_fails(@ForAll String text) {
        if (!text.matches("[0-7][0-9a-hjkmnp-tv-z]{25}")) {
            assertRefused(text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0000000000000000000000000",
                "000000000000000000000000000",
                "80000000000000000000000000",
                "zzzzzzzzzzzzzzzzzzzzzzzzzz",
                "0000000000000000000000000i",
                "0000000000000000000000000l",
                "0000000000000000000000000o",
                "0000000000000000000000000u",
                "0000000000000000000000000A",
                "0000000000000000000000000 ",
                " 0000000000000000000000000",
                "000000000000000000000000-0",
                "0000000000000000000000000\u0661",
                "0000000000000000000000000\uff10",
                "0000000000000000000000000\0",
                "01890a5d-ac96-774b-bcce-b302099a8057"
            })
    void decode_malformed_fails(String text) {
        assertRefused(text);
    }

    @Test
    void extremes() {
        assertThat(Id.Text.encode(new UUID(0, 0))).isEqualTo("0".repeat(26));
        assertThat(Id.Text.encode(new UUID(-1, -1))).isEqualTo("7" + "z".repeat(25));
    }

    @Test
    void next_isVersion7UniqueAndOrdered() {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            ids.add(Id.next());
        }
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.version() == 7 && id.variant() == 2);
        for (int i = 1; i < ids.size(); i++) {
            assertThat(millis(ids.get(i))).isGreaterThanOrEqualTo(millis(ids.get(i - 1)));
        }
        assertThat(millis(ids.get(0)))
                .isCloseTo(System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
    }

    @Provide
    Arbitrary<UUID> uuids() {
        return Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(UUID::new);
    }

    @Provide
    Arbitrary<String> spellings() {
        return Combinators.combine(
                        Arbitraries.of('0', '1', '2', '3', '4', '5', '6', '7'),
                        Arbitraries.strings().withChars(DIGITS.toCharArray()).ofLength(25))
                .as((first, rest) -> first + rest);
    }

    private static void assertRefused(String text) {
        assertThatThrownBy(() -> Id.Text.decode(text))
                .isInstanceOfSatisfying(
                        Rejection.class, refused -> assertThat(refused.reason()).isEqualTo("id.malformed"));
    }

    private static long millis(UUID id) {
        return id.getMostSignificantBits() >>> 16;
    }

    private static BigInteger number(UUID id) {
        return new BigInteger(id.toString().replace("-", ""), 16);
    }
}
