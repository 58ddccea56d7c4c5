package im.hongyan.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.config.Configuration;
import im.hongyan.config.InvalidSettings;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalletSettingsTest {
    @TempDir
    private Path directory;

    @Test
    void sandbox_production_isOffByDefault() throws Exception {
        byte[] key = new byte[48];
        new java.util.Random(1).nextBytes(key);
        assertThat(load(Map.of(
                                "HONGYAN_PRODUCTION", "true",
                                "HONGYAN_AUTH_KEYS", "a:" + Base64.getEncoder().encodeToString(key),
                                "HONGYAN_POSTGRES_URL", "embedded",
                                "HONGYAN_REDIS_URL", "embedded"))
                        .sandbox())
                .isFalse();
        assertThat(load(Map.of()).sandbox()).isTrue();
    }

    @Test
    void currency_shortName_isAccepted() throws Exception {
        assertThat(load(Map.of("HONGYAN_WALLET_CURRENCY", "¥")).currency()).isEqualTo("¥");
    }

    @Test
    void currency_otherCharacters_isRefused() {
        Map<String, String> environment = Map.of("HONGYAN_WALLET_CURRENCY", "a'; DROP TABLE posting");
        assertThat(catchThrowableOfType(InvalidSettings.class, () -> load(environment))
                        .problems())
                .anyMatch(problem -> problem.contains("needs 1 to 16 letters, digits and currency signs"));
    }

    private WalletSettings load(Map<String, String> environment) throws InvalidSettings {
        return Configuration.load(Optional.empty(), directory, environment, List.of(new WalletFeature()::readSettings))
                .settings()
                .feature(WalletSettings.class);
    }
}
