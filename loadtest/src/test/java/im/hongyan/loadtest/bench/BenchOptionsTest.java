package im.hongyan.loadtest.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchOptionsTest {

    @Test
    void defaults_areThoseOfTheUsage() {
        BenchOptions options = new BenchOptions(new String[] {"--url", "http://127.0.0.1:8080", "--users", "-"});

        assertThat(options.rounds()).isEqualTo(3);
        assertThat(options.crowd()).isEqualTo(200);
        assertThat(options.seconds()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.runs("idle")).isTrue();
        assertThat(options.addresses()).containsExactly("127.0.0.1");
    }

    @Test
    void only_picksLoads() {
        BenchOptions options = new BenchOptions("--url x --register 200 --only direct,group --addresses 2".split(" "));

        assertThat(options.runs("direct")).isTrue();
        assertThat(options.runs("paced")).isFalse();
        assertThat(options.addresses()).containsExactly("127.0.0.1", "127.0.0.2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--speed 9 | unknown option --speed",
                "--url | --url needs a value",
                "--users - | --url or --xmpp is required",
                "--url x | either --users or --register is required",
                "--url x --users - --register 9 | --users or --register",
                "--url x --users - --rounds many | --rounds is 1 to 20, not many",
                "--url x --users - --idle 0 | --idle is 1 to 100000, not 0",
                "--url x --users - --crowd 7 | an even number",
                "--url x --users - --warmup 9 --max-warmup 8 | --max-warmup is 9 to 600, not 8",
                "--url x --users - --only direct,dance | --only must be a list of",
            })
    void wrongOptions_areNamed(String line, String error) {
        assertThatThrownBy(() -> new BenchOptions(line.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(error);
    }
}
