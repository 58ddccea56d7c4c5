package im.hongyan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.0/8 | 10.255.0.1 | true",
                "10.0.0.0/8 | 11.0.0.1 | false",
                "192.168.1.128/25 | 192.168.1.200 | true",
                "192.168.1.128/25 | 192.168.1.100 | false",
                "127.0.0.1 | 127.0.0.1 | true",
                "127.0.0.1 | 127.0.0.2 | false",
                "0.0.0.0/0 | 8.8.8.8 | true",
                "0.0.0.0/0 | ::1 | false",
                "::1 | 0:0:0:0:0:0:0:1 | true",
                "fe80::/10 | fe80::1%eth0 | true",
                "2001:db8::/33 | 2001:db8:8000::1 | false",
                "::1, 10.0.0.0/8 | 10.1.1.1 | true",
                // An IPv4 peer as a dual-stack socket reports it.
                "10.0.0.0/8 | ::ffff:10.1.1.1 | true",
                "10.0.0.0/8 | unknown | false",
                "10.0.0.0/8 | '' | false",
                "10.0.0.0/8, ::/0 | 300.1.1.1 | false",
                "10.0.0.0/8, ::/0 | 10.0.0.256 | false",
                "10.0.0.0/8, ::/0 | 10.1 | false",
                "10.0.0.0/8, ::/0 | :::::::: | false",
                "10.0.0.0/8, ::/0 | fd00::::1 | false",
            })
    void contains_byRange(String ranges, String address, boolean expected) {
        assertThat(parse(ranges).contains(address)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "::1/129", "300.1.1.1", "10.0.0.0/8/8"})
    void parse_notARange_isRefused(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    private static AddressRanges parse(String ranges) {
        return AddressRanges.parse(
                List.of(Arrays.stream(ranges.split(",")).map(String::strip).toArray(String[]::new)));
    }
}
