package im.hongyan.loadtest.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

    @Test
    void print_showsMediansSideBySide_andEachRoundAsJson() {
        Report report = new Report();
        for (double rate : new double[] {3_000, 1_000, 2_000}) {
            report.add("one", List.of(new Figure("direct.messages", "/s", rate)));
        }
        report.add("other", List.of(new Figure("direct.messages", "/s", 1.5), new Figure("direct.ack p50", "ms", 2)));
        report.add("other", List.of(new Figure("direct.messages", "/s", 2.5), new Figure("direct.ack p50", "ms", 4)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        report.print(new PrintStream(out, true, StandardCharsets.UTF_8));

        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).anySatisfy(line -> assertThat(line).matches("median +one +other"));
        assertThat(lines).anySatisfy(line -> assertThat(line).matches("direct.messages +2,000 /s +2.00 /s"));
        assertThat(lines).anySatisfy(line -> assertThat(line).matches("direct.ack p50 +- +3.00 ms"));
        assertThat(lines)
                .contains("{\"system\":\"one\",\"figure\":\"direct.messages\",\"unit\":\"/s\",\"median\":2000.0,"
                        + "\"rounds\":[3000.0,1000.0,2000.0]}");
    }
}
