package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.identity.RefreshTokenRotation.Expired;
import im.hongyan.identity.RefreshTokenRotation.Repeat;
import im.hongyan.identity.RefreshTokenRotation.Reused;
import im.hongyan.identity.RefreshTokenRotation.Rotate;
import im.hongyan.identity.RefreshTokenRotation.State;
import im.hongyan.identity.RefreshTokenRotation.Unknown;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefreshTokenRotationTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LIFE = Duration.ofDays(90);

    /** A session whose token the test rotates, and every token it has had. */
    private static final class Device {
        final SessionId session = new SessionId(Id.next());
        final byte[] tagKey = Digests.random(32);
        final List<RefreshToken> tokens = new ArrayList<>(List.of(RefreshToken.first(session, tagKey)));
        State state = new State(0, tokens.get(0).hash(), null, tagKey, START, START.plus(LIFE));

        RefreshTokenRotation present(int token, Instant now) {
            return RefreshTokenRotation.of(state, tokens.get(token), now);
        }

        void rotate(Instant now) {
            Rotate rotate = (Rotate) present(tokens.size() - 1, now);
            tokens.add(rotate.successor());
            state = new State(
                    state.generation() + 1, rotate.successor().hash(), rotate.nonce(), tagKey, now, now.plus(LIFE));
        }
    }

    private final Device device = new Device();

    @Test
    void of_currentToken_rotates() {
        assertThat(device.present(0, START.plusSeconds(1))).isInstanceOf(Rotate.class);
    }

    @Test
    void of_currentTokenTwice_derivesDifferentSecrets() {
        Rotate one = (Rotate) device.present(0, START);
        Rotate other = (Rotate) device.present(0, START);

        assertThat(one.successor().text()).isNotEqualTo(other.successor().text());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 119_999, 120_000, 90L * 24 * 3_600_000 - 1})
    void of_predecessorBeforeSuccessorUsed_repeatsAnswer(long later) {
        device.rotate(START);

        assertThat(device.present(0, START.plusMillis(later))).isInstanceOfSatisfying(Repeat.class, repeat -> {
            assertThat(repeat.successor().text()).isEqualTo(device.tokens.get(1).text());
            assertThat(repeat.rotatedAt()).isEqualTo(START);
        });
    }

    @Test
    void of_predecessorAfterSuccessorUsed_isReuse() {
        device.rotate(START);
        device.rotate(START.plusSeconds(1));

        assertThat(device.present(0, START.plusSeconds(1))).isInstanceOf(Reused.class);
    }

    @Property(tries = 50)
    void of_olderToken_isReuse(@ForAll @IntRange(min = 2, max = 20) int rotations) {
        Device old = new Device();
        for (int i = 0; i < rotations; i++) {
            old.rotate(START.plusSeconds(i));
        }
        for (int token = 0; token < rotations - 1; token++) {
            assertThat(old.present(token, START.plusSeconds(rotations))).isInstanceOf(Reused.class);
        }
    }

    @Test
    void of_expiredSession_isExpired() {
        device.rotate(START);

        assertThat(device.present(1, START.plus(LIFE))).isInstanceOf(Expired.class);
        assertThat(device.present(0, START.plus(LIFE))).isInstanceOf(Expired.class);
        assertThat(device.present(1, START.plus(LIFE).minusMillis(1))).isInstanceOf(Rotate.class);
    }

    @Test
    void of_tokenOfOtherSession_isUnknown() {
        assertThat(RefreshTokenRotation.of(device.state, new Device().tokens.get(0), START))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void of_tokenNewerThanRestoredBackup_isUnknown() {
        State backup = device.state;
        device.rotate(START);
        device.rotate(START);

        assertThat(RefreshTokenRotation.of(backup, device.tokens.get(2), START)).isInstanceOf(Unknown.class);
        assertThat(RefreshTokenRotation.of(backup, device.tokens.get(1), START)).isInstanceOf(Unknown.class);
    }

    @Property
    void of_changedByte_isUnknown(
            @ForAll @IntRange(max = 67) int at, @ForAll @IntRange(min = 1, max = 255) int change) {
        Device other = new Device();
        other.rotate(START);
        byte[] bytes = java.util.Base64.getUrlDecoder()
                .decode(other.tokens.get(1).text().substring(4));
        bytes[at] ^= (byte) change;
        RefreshToken changed = RefreshToken.parse(
                "hyr_" + java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));

        assertThat(RefreshTokenRotation.of(other.state, changed, START)).isInstanceOf(Unknown.class);
    }

    @Test
    void parse_text_roundTrips() {
        RefreshToken token = device.tokens.get(0);

        assertThat(RefreshToken.parse(token.text()).text()).isEqualTo(token.text());
        assertThat(token.session()).isEqualTo(device.session);
        assertThat(token).hasToString("[redacted]");
    }

    @Property
    void parse_anyText_isTokenOrRejection(@ForAll String text) {
        assertRefused(text);
        assertRefused("hyr_" + text);
    }

    @Property
    void parse_wrongLength_fails(@ForAll @Size(max = 90) byte[] bytes) {
        if (bytes.length != 68) {
            assertRefused(
                    "hyr_" + java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        }
    }

    private static void assertRefused(String text) {
        assertThatThrownBy(() -> RefreshToken.parse(text))
                .isInstanceOfSatisfying(
                        Rejection.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED));
    }
}
