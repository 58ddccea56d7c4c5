package im.hongyan.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The checks of production mode: no well-known secrets, and built-in stores only on request. */
final class ProductionChecks {
    /** Words of placeholder secrets. */
    private static final Set<String> KNOWN =
            Set.of("changeme", "change-me", "secret", "password", "example", "hongyan", "0123456789", "abcdefgh");

    private static final Set<String> KNOWN_PASSWORDS = Set.of(
            "",
            "postgres",
            "redis",
            "root",
            "admin",
            "test",
            "foobared",
            "password",
            "secret",
            "changeme",
            "hongyan",
            "example",
            "123456",
            "12345678",
            "qwerty",
            "letmein");

    private static final int MIN_DISTINCT_BYTES = 12;

    private final SettingsReader keys;

    ProductionChecks(SettingsReader keys) {
        this.keys = keys;
    }

    void check(Settings settings) {
        Settings.Auth auth = settings.auth();
        if (auth.keys().isEmpty()) {
            keys.refuse("auth.keys: production mode needs your own signing key, name:base64 of at least 32 random bytes"
                    + " (openssl rand -base64 48)");
        }
        auth.keys().stream()
                .filter(key -> isKnown(key.secret()) || isGenerated(key, settings.data()))
                .forEach(key -> keys.refuse("auth.keys: production mode refuses the key '" + key.kid()
                        + "': others may know it; generate one with: openssl rand -base64 48"));
        store("postgres", settings.postgres().url(), settings.postgres().embeddedByName());
        store("redis", settings.redis().url(), settings.redis().embeddedByName());
        password("redis.sentinel-password", settings.redis().sentinelPassword());
    }

    private void store(String name, Optional<StoreUrl> url, boolean embeddedByName) {
        if (url.isEmpty() && !embeddedByName) {
            keys.refuse(
                    name + ".url: production mode needs the URL of a server, or 'embedded' to use the built-in one");
        }
        password(name + ".url", url.flatMap(StoreUrl::password));
    }

    private void password(String key, Optional<Secret> given) {
        given.filter(password -> KNOWN_PASSWORDS.contains(password.text().toLowerCase(Locale.ROOT)))
                .ifPresent(password -> keys.refuse(key + ": production mode refuses this well-known password"));
    }

    private static boolean isKnown(Secret secret) {
        byte[] bytes = secret.bytes();
        String text = new String(bytes, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        return KNOWN.stream().anyMatch(text::contains) || distinct(bytes) < MIN_DISTINCT_BYTES;
    }

    private static long distinct(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1).chars().distinct().count();
    }

    private static boolean isGenerated(SigningKey key, Path data) {
        try {
            return GeneratedKey.kept(data)
                    .map(kept -> List.of(kept.kid(), kept.secret()))
                    .filter(kept -> kept.contains(key.kid()) || kept.contains(key.secret()))
                    .isPresent();
        } catch (IOException e) {
            return false;
        }
    }
}
