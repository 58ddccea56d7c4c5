package im.hongyan.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import im.hongyan.config.AddressRanges;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClientAddressTest {
    private static final AddressRanges PROXIES = AddressRanges.parse(List.of("10.0.0.0/8", "fd00::/8"));
    private static final String PROXY = "10.0.0.1";

    static Stream<Arguments> addresses() {
        return Stream.of(
                arguments("203.0.113.7", List.of(), "203.0.113.7"),
                arguments("203.0.113.7", List.of("198.51.100.1"), "203.0.113.7"),
                arguments(PROXY, List.of(), PROXY),
                arguments(PROXY, List.of("198.51.100.1"), "198.51.100.1"),
                arguments(PROXY, List.of(" 198.51.100.1 "), "198.51.100.1"),
                arguments(PROXY, List.of("6.6.6.6, 198.51.100.1"), "198.51.100.1"),
                arguments(PROXY, List.of("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
                arguments(PROXY, List.of("6.6.6.6, 198.51.100.1, 10.9.9.9"), "198.51.100.1"),
                arguments(PROXY, List.of("10.1.1.1, 10.2.2.2"), "10.1.1.1"),
                arguments(PROXY, List.of("2001:db8::1"), "2001:db8::1"),
                arguments("fd00::1", List.of("2001:db8::1, fd00::2"), "2001:db8::1"),
                // Malformed addresses end the search: the last valid one counts.
                arguments(PROXY, List.of(""), PROXY),
                arguments(PROXY, List.of("unknown"), PROXY),
                arguments(PROXY, List.of("198.51.100.1, "), PROXY),
                arguments(PROXY, List.of("198.51.100.1,,10.9.9.9"), "10.9.9.9"),
                arguments(PROXY, List.of("evil.example"), PROXY),
                arguments(PROXY, List.of("198.51.100.1:4711"), PROXY),
                arguments(PROXY, List.of("[2001:db8::1]:4711"), PROXY),
                arguments(PROXY, List.of("::::::::"), PROXY),
                arguments(PROXY, List.of("fd00::zz, 10.9.9.9"), "10.9.9.9"),
                arguments(PROXY, List.of("fd00::::1"), PROXY),
                arguments(PROXY, List.of("999.999.999.999"), PROXY),
                arguments(PROXY, List.of("10.0.0.256"), PROXY),
                arguments(PROXY, List.of("10.1"), PROXY),
                arguments(PROXY, List.of("1".repeat(10_000)), PROXY),
                arguments(PROXY, List.of("' OR 1=1 --"), PROXY));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void of_untrustedProxy_ignoresHeader(String peer, List<String> forwarded, String expected) {
        assertThat(ClientAddress.of(request(peer, forwarded), PROXIES::contains))
                .isEqualTo(expected);
    }

    private static HttpServerRequest request(String peer, List<String> forwarded) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        headers.add("x-forwarded-for", forwarded);
        return (HttpServerRequest) Proxy.newProxyInstance(
                ClientAddressTest.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "remoteAddress" -> SocketAddress.inetSocketAddress(4711, peer);
                    case "headers" -> headers;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
