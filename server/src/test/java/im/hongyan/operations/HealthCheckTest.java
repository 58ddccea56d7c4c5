package im.hongyan.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.scenario.NodeExtension;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The health check of a container, as the Dockerfile defines it. */
class HealthCheckTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    @Test
    void healthCheck_nodeAlive_passes() throws Exception {
        assertThat(check(node.app().port(), "/health/live")).isZero();
    }

    @Test
    void healthCheck_otherAnswerOrNone_fails() throws Exception {
        assertThat(check(node.app().port(), "/health/lives")).isNotZero();
        // A port on which nothing listens.
        assertThat(check(1, "/health/live")).isNotZero();
    }

    private static int check(int port, String path) throws IOException, InterruptedException {
        String joinedLines = Shipped.text("Dockerfile").replace("\\\n", "");
        Matcher command = Pattern.compile("(?s)HEALTHCHECK.*?CMD (\\[.*?])\n").matcher(joinedLines);
        assertThat(command.find()).isTrue();
        List<String> words = List.of(new ObjectMapper().readValue(command.group(1), String[].class)).stream()
                .map(word -> word.replace("/8080", "/" + port).replace("/health/live", path))
                .toList();
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
