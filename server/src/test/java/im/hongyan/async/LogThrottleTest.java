package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogThrottleTest {
    private final List<Integer> lines = new ArrayList<>();

    @Test
    void log_manyInARow_writesOneLine() {
        LogThrottle throttle = new LogThrottle();
        for (int i = 0; i < 1_000; i++) {
            throttle.log(lines::add);
        }
        assertThat(lines).containsExactly(0);
    }

    @Test
    void log_afterThePeriod_saysHowManyWereSuppressed() throws Exception {
        LogThrottle throttle = new LogThrottle(Duration.ofMillis(500));
        for (int i = 0; i < 4; i++) {
            throttle.log(lines::add);
        }
        Thread.sleep(600);
        throttle.log(lines::add);
        assertThat(lines).containsExactly(0, 3);
    }
}
