package im.hongyan.loadtest.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutcomeTest {
    @Test
    void figureBeyondItsLimit_breaksTheRow() {
        Outcome outcome = new Outcome("1");
        outcome.atMost("p99 resume", 4.9, 5, "s");
        assertThat(outcome.holds()).isTrue();

        outcome.atMost("slowest push", 15.1, 15, "s");

        assertThat(outcome.holds()).isFalse();
        assertThat(outcome.toString())
                .startsWith("scenario 1: BROKEN")
                .contains("broken: slowest push 15.10 s (at most 15.00)");
    }

    /** A missing measurement is not a proof. */
    @Test
    void figureThatIsNoNumber_breaksTheRow() {
        Outcome outcome = new Outcome("4");
        outcome.atMost("routes heal after", Double.NaN, 60, "s");

        assertThat(outcome.holds()).isFalse();
    }

    @Test
    void claimThatDoesNotHold_breaksTheRow() {
        Outcome outcome = new Outcome("2");
        outcome.must(false, "no other restart");

        assertThat(outcome.toString()).contains("NOT no other restart").contains("broken: no other restart");
    }
}
