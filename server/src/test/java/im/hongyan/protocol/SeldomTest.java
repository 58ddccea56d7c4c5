package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeldomTest {
    @Test
    void log_ofManyInARow_isOneLine() {
        Seldom seldom = new Seldom();
        List<Integer> lines = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            seldom.log(lines::add);
        }
        assertThat(lines).containsExactly(0);
    }
}
