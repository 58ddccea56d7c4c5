package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class KeyedRateLimiterTest {
    private final AtomicLong clock = new AtomicLong(-5);

    private KeyedRateLimiter<String> limiter(double perSecond, int burst) {
        return new KeyedRateLimiter<>(perSecond, burst, clock::get);
    }

    @Test
    void take_beyondBurst_returnsRetryDelay() {
        KeyedRateLimiter<String> limiter = limiter(4, 3);
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.take("a")).isZero();
        }

        assertThat(limiter.take("a")).isEqualTo(250);
        assertThat(limiter.take("b")).isZero();
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(249));
        assertThat(limiter.take("a")).isEqualTo(1);
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(limiter.take("a")).isZero();
        assertThat(limiter.take("a")).isEqualTo(250);
    }

    @Test
    void take_severalTokens_takesAllOrNone() {
        KeyedRateLimiter<String> limiter = limiter(1, 10);
        assertThat(limiter.take("a", 8)).isZero();
        assertThat(limiter.take("a", 3)).isEqualTo(1_000);
        assertThat(limiter.take("a", 2)).isZero();
    }

    @Test
    void waitMs_returnsWhatTakeWouldAndTakesNothing() {
        KeyedRateLimiter<String> limiter = limiter(1, 10);
        assertThat(limiter.waitMs("a", 10)).isZero();
        assertThat(limiter.take("a", 8)).isZero();

        assertThat(limiter.waitMs("a", 3)).isEqualTo(1_000);
        assertThat(limiter.waitMs("a", 2)).isZero();
        assertThat(limiter.take("a", 2)).isZero();
    }

    @Test
    void constructor_withoutRoomForOne_fails() {
        assertThatIllegalArgumentException().isThrownBy(() -> limiter(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> limiter(1, 0));
    }

    /** Whatever the pauses, a key never gets more than the burst and what has accrued since the first try. */
    @Property(tries = 1_000)
    void take_neverExceedsBurstPlusRate(
            @ForAll @Size(max = 200) List<@IntRange(max = 400) Integer> pausesMs,
            @ForAll @IntRange(min = 1, max = 50) int perSecond,
            @ForAll @IntRange(min = 1, max = 20) int burst) {
        KeyedRateLimiter<String> limiter = limiter(perSecond, burst);
        long allowed = 0;
        long elapsedMs = 0;
        for (int pause : pausesMs) {
            clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(pause));
            elapsedMs += pause;
            long waitMs = limiter.take("a");
            if (waitMs == 0) {
                allowed++;
            } else {
                // The promised time is enough.
                clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(waitMs));
                elapsedMs += waitMs;
                assertThat(limiter.take("a")).isZero();
                allowed++;
            }
            assertThat(allowed).isLessThanOrEqualTo(burst + elapsedMs * perSecond / 1_000 + 1);
        }
    }
}
