package im.hongyan.loadtest.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkerTest {
    private static Marker in(String frame) {
        return Marker.in(frame.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void in_aFrame_findsWhatWasWritten() {
        Marker marker = new Marker(199, 123_456_789_012_345L);

        assertThat(marker.text()).hasSize(Marker.LENGTH);
        assertThat(in("{\"type\":\"entry\",\"data\":{\"text\":\"" + marker.text() + "\"}}"))
                .isEqualTo(marker);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "~", "~b", "~b1", "~b1.", "~b1.2", "~b.2~", "~b1.~", "~bx.2~", "no marker ~ b1.2~"})
    void in_anythingElse_findsNone(String frame) {
        assertThat(in(frame)).isNull();
    }
}
