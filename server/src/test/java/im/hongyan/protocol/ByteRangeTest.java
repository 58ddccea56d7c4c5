package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0,0,1",
        "bytes=0-99,0,100",
        "bytes=0-,0,100",
        "bytes=99-,99,1",
        "bytes=10-19,10,10",
        "bytes=90-1000,90,10",
        "bytes=-1,99,1",
        "bytes=-100,0,100",
        "bytes=-1000,0,100",
        "bytes=5-999999999999999999,5,95"
    })
    void parse_satisfiable_returnsPart(String header, long offset, long size) {
        assertThat(ByteRange.parse(header, 100)).isEqualTo(new ByteRange(offset, size, 100, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=a-b",
                "bytes=5-4",
                "bytes=1-2,4-5",
                "lines=0-1",
                "bytes=--1",
                "bytes=0-9999999999999999999999"
            })
    void parse_malformedOrUnsupported_returnsWhole(String header) {
        assertThat(ByteRange.parse(header, 100)).isEqualTo(new ByteRange(0, 100, 100, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0"})
    void parse_unsatisfiable_failsWithLength(String header) {
        assertThatThrownBy(() -> ByteRange.parse(header, 100)).isInstanceOfSatisfying(Rejection.class, rejection -> {
            assertThat(rejection.reason()).isEqualTo("range.unsatisfiable");
            assertThat(rejection.extra()).containsEntry("length", 100L);
        });
    }

    @Test
    void parse_emptyRepresentation_returnsWholeOrFails() {
        assertThat(ByteRange.parse("bytes=-5", 0)).isEqualTo(new ByteRange(0, 0, 0, false));
        assertThatThrownBy(() -> ByteRange.parse("bytes=0-", 0)).isInstanceOf(Rejection.class);
    }
}
