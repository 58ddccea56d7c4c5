package im.hongyan.loadtest.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ExperimentOptionsTest {
    @Test
    void rows_areTakenInTheirOrder_withOptionsBetween() {
        ExperimentOptions options = ExperimentOptions.of("21a", "--rate", "40", "4");

        assertThat(options.scenarios()).containsExactly(Scenario.LAST_PUSH, Scenario.PARTITION);
        assertThat(options.scale().rate()).isEqualTo(40);
        assertThat(options.scale().users()).isEqualTo(Scale.full().users());
    }

    @Test
    void all_isEveryScenario() {
        assertThat(ExperimentOptions.of("all", "--brief").scenarios()).containsExactly(Scenario.values());
    }

    @Test
    void of_invalidArguments_fails() {
        assertThatThrownBy(() -> ExperimentOptions.of("7"))
                .hasMessageStartingWith("there is no scenario 7; there are 1 2 3 4 4b 5 6 6b 9 ");
        assertThatThrownBy(() -> ExperimentOptions.of("1", "--rat", "40")).hasMessage("unknown option --rat");
        assertThatThrownBy(() -> ExperimentOptions.of("1", "--rate")).hasMessage("--rate needs a value");
        assertThatThrownBy(() -> ExperimentOptions.of("1", "--rate", "none"))
                .hasMessage("--rate is 1 to 5000, not none");
        assertThatThrownBy(() -> ExperimentOptions.of("--brief")).hasMessageStartingWith("no scenario given");
    }

    @Test
    void usage_listsEveryScenario() {
        assertThat(ExperimentOptions.of().help()).isTrue();
        for (Scenario scenario : Scenario.values()) {
            assertThat(ExperimentOptions.usage()).contains("  " + scenario.number() + " ");
        }
    }
}
