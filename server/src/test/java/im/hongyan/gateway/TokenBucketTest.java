package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    @Test
    void take_allowsBurstThenRate() {
        TokenBucket bucket = new TokenBucket(10, 3, 0);

        assertThat(bucket.take(0)).isZero();
        assertThat(bucket.take(0)).isZero();
        assertThat(bucket.take(0)).isZero();
        assertThat(bucket.take(0)).isEqualTo(100);
        assertThat(bucket.take(millis(60))).isEqualTo(40);
        assertThat(bucket.take(millis(100))).isZero();
        assertThat(bucket.take(millis(100))).isEqualTo(100);
    }

    @Test
    void take_afterLongSilence_allowsBurstOnly() {
        TokenBucket bucket = new TokenBucket(1_000, 2, 0);
        long later = TimeUnit.DAYS.toNanos(365);

        assertThat(bucket.take(later)).isZero();
        assertThat(bucket.take(later)).isZero();
        assertThat(bucket.take(later)).isPositive();
    }

    /** {@code System.nanoTime} may start at any value, and overflow. */
    @Test
    void take_acrossClockOverflow_allowsRate() {
        TokenBucket bucket = new TokenBucket(1, 1, Long.MAX_VALUE);

        assertThat(bucket.take(Long.MAX_VALUE)).isZero();
        assertThat(bucket.take(Long.MAX_VALUE + millis(500))).isEqualTo(500);
        assertThat(bucket.take(Long.MAX_VALUE + millis(1_000))).isZero();
    }

    /** Any period allows at most the burst plus the rate; and a caller that waits as told gets a token. */
    @Property
    void take_anyTimes_isBoundedAndRetryTimeIsExact(
            @ForAll @IntRange(min = 1, max = 1_000_000) int perSecond,
            @ForAll @IntRange(min = 1, max = 1_000) int burst,
            @ForAll @Size(max = 200) List<@LongRange(min = 0, max = 2_000_000_000L) Long> steps) {
        TokenBucket bucket = new TokenBucket(perSecond, burst, 0);
        long now = 0;
        long taken = 0;
        for (long step : steps) {
            now += step;
            long wait = bucket.take(now);
            if (wait > 0) {
                now += millis(wait);
                assertThat(bucket.take(now)).isZero();
            }
            taken++;
            assertThat((double) taken).isLessThanOrEqualTo(burst + now / 1e9 * perSecond + 1e-6);
        }
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
