package im.hongyan.call.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.call.turn.IceUrl.Scheme;
import im.hongyan.call.turn.IceUrl.Transport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IceUrlTest {
    @ParameterizedTest
    @CsvSource({
        "stun:stun.example.org, STUN, stun.example.org, 3478, UDP",
        "turn:turn.example.org, TURN, turn.example.org, 3478, UDP",
        "turn:192.0.2.1:80?transport=tcp, TURN, 192.0.2.1, 80, TCP",
        "turn:t:65535?transport=udp, TURN, t, 65535, UDP",
        "turns:turn.example.org, TURNS, turn.example.org, 5349, TLS",
        "turns:turn.example.org:443?transport=tcp, TURNS, turn.example.org, 443, TLS",
        "turn:[2001:db8::1]:3479, TURN, 2001:db8::1, 3479, UDP",
    })
    void parse_validUrl_hasItsParts(String text, Scheme scheme, String host, int port, Transport transport) {
        assertThat(IceUrl.parse(text)).isEqualTo(new IceUrl(text, scheme, host, port, transport));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "turn.example.org",
                "https://turn.example.org",
                "turn://turn.example.org",
                "turn:",
                "turn:a b",
                "turn:user@turn.example.org",
                "turn:turn.example.org:0",
                "turn:turn.example.org:65536",
                "turn:turn.example.org:-1",
                "turn:turn.example.org?transport=sctp",
                "turn:turn.example.org/path",
                "stun:stun.example.org?transport=tcp",
                "turns:turn.example.org?transport=udp",
                "stuns:stun.example.org",
                "turn:2001:db8::1",
            })
    void parse_invalidUrl_saysWhatIsNeeded(String text) {
        assertThatThrownBy(() -> IceUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("needs ");
    }
}
