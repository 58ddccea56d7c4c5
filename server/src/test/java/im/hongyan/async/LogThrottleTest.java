package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogThrottleTest {
    @Test
    void log_ofManyInARow_isOneLine() {
        LogThrottle seldom = new LogThrottle();
        List<Integer> lines = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            seldom.log(lines::add);
        }
        assertThat(lines).containsExactly(0);
    }
}
