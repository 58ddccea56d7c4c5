package im.hongyan.identity;

import im.hongyan.protocol.HttpRoutes.Cookies;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recognizes a device that has signed in to an account before, even after it has signed out: a cookie with a random id
 * and a MAC over it and the username. It only decides which rate limit applies to the device's sign-ins, so that wrong
 * passwords from elsewhere do not lock the device out. It replaces neither the password nor a token. Thread-safe.
 */
final class DeviceTokens {
    /** The longest that browsers keep a cookie. */
    private static final Duration LIFETIME = Duration.ofDays(400);

    private static final int ID_BYTES = 16;
    private static final Pattern FORM = Pattern.compile("([\\w-]{22})\\.(\\d{1,12})\\.([\\w-]{43})");
    private static final byte[] PURPOSE = "hongyan device token".getBytes(StandardCharsets.US_ASCII);

    private final List<byte[]> keys;
    private final InstantSource clock;

    /** @param ring the keys of access tokens; the first signs, all verify */
    DeviceTokens(List<TokenKey> ring, InstantSource clock) {
        this.keys =
                ring.stream().map(key -> Digests.hmac(key.secret(), PURPOSE)).toList();
        this.clock = clock;
    }

    /** @return the id of the device; empty if it has not signed in to the account before */
    Optional<String> device(Username username, Cookies cookies) {
        return cookies.get(cookie(username)).flatMap(token -> verify(username, token));
    }

    /** Recognizes the device, which has signed in, from now on. */
    void remember(Username username, Cookies cookies) {
        String id = device(username, cookies).orElseGet(() -> base64(Digests.random(ID_BYTES)));
        String signed = id + "." + clock.instant().getEpochSecond();
        cookies.set(cookie(username), signed + "." + base64(mac(keys.get(0), username, signed)), LIFETIME);
    }

    private Optional<String> verify(Username username, String token) {
        Matcher parts = FORM.matcher(token);
        if (!parts.matches()
                || Instant.ofEpochSecond(Long.parseLong(parts.group(2)))
                        .plus(LIFETIME)
                        .isBefore(clock.instant())) {
            return Optional.empty();
        }
        String signed = parts.group(1) + "." + parts.group(2);
        byte[] mac = parts.group(3).getBytes(StandardCharsets.US_ASCII);
        return keys.stream()
                        .map(key -> base64(mac(key, username, signed)).getBytes(StandardCharsets.US_ASCII))
                        .anyMatch(valid -> MessageDigest.isEqual(valid, mac))
                ? Optional.of(parts.group(1))
                : Optional.empty();
    }

    /** One cookie for each account of the device; the name does not reveal the username. */
    private static String cookie(Username username) {
        byte[] hash = Digests.sha256(username.text().getBytes(StandardCharsets.UTF_8));
        return "hongyan-device-" + HexFormat.of().formatHex(hash, 0, 8);
    }

    private static byte[] mac(byte[] key, Username username, String signed) {
        return Digests.hmac(key, (username.text() + "\n" + signed).getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
