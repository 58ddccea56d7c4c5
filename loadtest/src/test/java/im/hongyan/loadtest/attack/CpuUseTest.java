package im.hongyan.loadtest.attack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuUseTest {
    @Test
    void since_separatesOwnFromOtherProcesses() {
        CpuUse before = CpuUse.of("cpu  100 10 50 800 40 0 0 0 0 0", 1_000_000);
        // Of 200 ticks (2 s), 60 are idle, 20 wait for I/O, and 120 are busy; 0.5 s of the latter are our own.
        CpuUse after = CpuUse.of("cpu  180 20 70 860 60 5 3 2 9 9", 1_500_000);

        assertThat(after.since(before)).isEqualTo("25%, other processes 35%");
    }

    @Test
    void now_countsThisProcess() {
        CpuUse before = CpuUse.now();
        while (CpuUse.now().own() == before.own()) {
            Thread.onSpinWait();
        }

        assertThat(CpuUse.now().total()).isGreaterThanOrEqualTo(before.total());
    }
}
