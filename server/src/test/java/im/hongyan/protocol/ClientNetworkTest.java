package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientNetworkTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.7, 192.0.2.7",
        "2001:db8:1:2:3:4:5:6, 20010db800010002, 20010db80001",
        "2001:db8:1:2::, 20010db800010002, 20010db80001",
        "fe80::1%lo, fe80000000000000, fe8000000000",
        "::ffff:192.0.2.7, 192.0.2.7, 192.0.2.7",
        "unknown, unknown, unknown",
        "not:an:address, not:an:address, not:an:address"
    })
    void of_address_hasNarrowAndWideNetwork(String address, String narrow, String wide) {
        assertThat(ClientNetwork.of(address)).isEqualTo(new ClientNetwork(narrow, wide));
    }
}
