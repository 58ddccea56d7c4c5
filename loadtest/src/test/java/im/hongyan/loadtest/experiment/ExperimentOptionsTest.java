package im.hongyan.loadtest.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ExperimentOptionsTest {
    @Test
    void rows_areTakenInTheirOrder_withOptionsBetween() {
        ExperimentOptions options = ExperimentOptions.of("21a", "--rate", "40", "4");

        assertThat(options.rows()).containsExactly(Row.LAST_PUSH, Row.PARTITION);
        assertThat(options.scale().rate()).isEqualTo(40);
        assertThat(options.scale().people()).isEqualTo(Scale.full().people());
    }

    @Test
    void all_isEveryRow() {
        assertThat(ExperimentOptions.of("all", "--brief").rows()).containsExactly(Row.values());
    }

    @Test
    void mistakes_areNamed() {
        assertThatThrownBy(() -> ExperimentOptions.of("7"))
                .hasMessageStartingWith("there is no row 7 here; there are 1 2 3 4 4b 5 6 6b 9 ");
        assertThatThrownBy(() -> ExperimentOptions.of("1", "--rat", "40")).hasMessage("unknown option --rat");
        assertThatThrownBy(() -> ExperimentOptions.of("1", "--rate")).hasMessage("--rate needs a value");
        assertThatThrownBy(() -> ExperimentOptions.of("1", "--rate", "none"))
                .hasMessage("--rate is 1 to 5000, not none");
        assertThatThrownBy(() -> ExperimentOptions.of("--brief")).hasMessageStartingWith("which rows?");
    }

    @Test
    void usage_namesEveryRow() {
        assertThat(ExperimentOptions.of().help()).isTrue();
        for (Row row : Row.values()) {
            assertThat(ExperimentOptions.usage()).contains("  " + row.number() + " ");
        }
    }
}
