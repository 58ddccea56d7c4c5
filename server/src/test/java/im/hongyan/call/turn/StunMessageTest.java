package im.hongyan.call.turn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Against the test vectors of RFC 5769. */
class StunMessageTest {
    private static final byte[] SHORT_TERM_KEY = "VOkJxbRl1RmTxUk/WvJxBt".getBytes(UTF_8);

    /** Section 2.1. */
    private static final String REQUEST = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69"
            + "656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb567"
            + "81ef2b5b2d3f249c1b571a280280004e57a3bcf";

    /** Section 2.2. */
    private static final String IPV4_RESPONSE = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f72"
            + "20002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";

    /** Section 2.3. */
    private static final String IPV6_RESPONSE = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f72"
            + "20002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280"
            + "004c8fb0b4c";

    /** Section 2.4. */
    private static final String LONG_TERM_REQUEST = "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aa"
            + "e38383e382afe382b900000015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341001400"
            + "0b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

    @Test
    void decode_request_verifiesWithItsKeyOnly() {
        StunMessage request = decode(REQUEST);

        assertThat(request.type()).isEqualTo(StunMessage.BINDING);
        assertThat(request.text(StunMessage.USERNAME)).contains("evtj:h6vY");
        assertThat(request.hasIntegrity(SHORT_TERM_KEY)).isTrue();
        assertThat(request.hasIntegrity("another".getBytes(UTF_8))).isFalse();
        assertThat(request.hasFingerprint()).isTrue();
    }

    @Test
    void decode_responses_haveTheMappedAddress() {
        StunMessage ipv4 = decode(IPV4_RESPONSE);
        assertThat(ipv4.isSuccess()).isTrue();
        assertThat(ipv4.address(StunMessage.XOR_MAPPED_ADDRESS)).contains(new InetSocketAddress("192.0.2.1", 32_853));
        assertThat(ipv4.hasIntegrity(SHORT_TERM_KEY)).isTrue();
        assertThat(ipv4.hasFingerprint()).isTrue();

        StunMessage ipv6 = decode(IPV6_RESPONSE);
        assertThat(ipv6.address(StunMessage.XOR_MAPPED_ADDRESS))
                .contains(new InetSocketAddress("2001:db8:1234:5678:11:2233:4455:6677", 32_853));
        assertThat(ipv6.hasIntegrity(SHORT_TERM_KEY)).isTrue();
        assertThat(ipv6.hasFingerprint()).isTrue();
    }

    @Test
    void decode_longTermCredentials_verify() {
        StunMessage request = decode(LONG_TERM_REQUEST);
        String username = request.text(StunMessage.USERNAME).orElseThrow();

        assertThat(username).isEqualTo("マトリックス");
        assertThat(request.text(StunMessage.REALM)).contains("example.org");
        assertThat(request.text(StunMessage.NONCE)).contains("f//499k954d6OL34oL9FSTvy64sA");
        assertThat(request.hasIntegrity(StunMessage.key(username, "example.org", "TheMatrIX")))
                .isTrue();
        assertThat(request.hasIntegrity(StunMessage.key(username, "example.com", "TheMatrIX")))
                .isFalse();
    }

    /** The integrity of the vector, computed when encoding. */
    @Test
    void encode_longTermCredentials_hasTheIntegrityOfTheVector() {
        StunMessage vector = decode(LONG_TERM_REQUEST);
        StunMessage request = new StunMessage(
                vector.type(), vector.transaction(), vector.attributes().subList(0, 3), new byte[0]);
        byte[] key = StunMessage.key("マトリックス", "example.org", "TheMatrIX");

        byte[] encoded = request.encode(Optional.of(key));

        byte[] expected = HexFormat.of().parseHex(LONG_TERM_REQUEST);
        // After the header, whose length includes the fingerprint here.
        assertThat(Arrays.copyOfRange(encoded, 20, expected.length))
                .isEqualTo(Arrays.copyOfRange(expected, 20, expected.length));
        assertThat(decoded(encoded).hasFingerprint()).isTrue();
        assertThat(decoded(encoded).hasIntegrity(key)).isTrue();
    }

    @Test
    void encode_addresses_areReadBack() {
        byte[] transaction = HexFormat.of().parseHex("0102030405060708090a0b0c");
        for (String host : new String[] {"192.0.2.1", "2001:db8::7"}) {
            InetSocketAddress address = new InetSocketAddress(host, 65_000);
            StunMessage message = StunMessage.of(
                    StunMessage.SEND | StunMessage.INDICATION,
                    transaction,
                    StunMessage.address(StunMessage.XOR_PEER_ADDRESS, transaction, address));
            assertThat(decoded(message.encode(Optional.empty())).address(StunMessage.XOR_PEER_ADDRESS))
                    .contains(address);
        }
    }

    @Test
    void hasFingerprint_damagedMessage_isFalse() {
        byte[] bytes = HexFormat.of().parseHex(IPV4_RESPONSE);
        bytes[25] ^= 1;
        StunMessage damaged = decoded(bytes);

        assertThat(damaged.hasFingerprint()).isFalse();
        assertThat(damaged.hasIntegrity(SHORT_TERM_KEY)).isFalse();
    }

    @Test
    void decode_httpResponse_throwsMalformed() {
        assertThatThrownBy(() -> decoded("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8)))
                .isInstanceOf(MalformedStun.class);
    }

    @Property(tries = 3_000)
    void decode_randomBytes_readsOrThrowsMalformed(@ForAll @Size(max = 100) byte[] bytes) {
        readOrMalformed(bytes);
    }

    /** Changes lengths, types and values of a valid message at any position. */
    @Property(tries = 3_000)
    void decode_damagedMessage_readsOrThrowsMalformed(@ForAll int place, @ForAll byte with, @ForAll int end) {
        byte[] bytes = HexFormat.of().parseHex(REQUEST);
        bytes[Math.floorMod(place, bytes.length)] = with;
        readOrMalformed(bytes);
        readOrMalformed(Arrays.copyOf(bytes, Math.floorMod(end, bytes.length)));
    }

    private static void readOrMalformed(byte[] bytes) {
        try {
            StunMessage message = StunMessage.decode(bytes);
            message.address(StunMessage.USERNAME);
            message.errorCode();
            message.hasFingerprint();
            message.hasIntegrity(SHORT_TERM_KEY);
        } catch (MalformedStun expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    private static StunMessage decode(String hex) {
        return decoded(HexFormat.of().parseHex(hex));
    }

    private static StunMessage decoded(byte[] bytes) {
        return StunMessage.decode(bytes);
    }
}
