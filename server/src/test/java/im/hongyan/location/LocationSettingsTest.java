package im.hongyan.location;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.config.Configuration;
import im.hongyan.config.InvalidSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of maps and live locations. */
class LocationSettingsTest {
    @TempDir
    Path directory;

    private LocationSettings settings(Map<String, String> environment) throws InvalidSettings {
        return Configuration.load(
                        Optional.empty(),
                        directory,
                        environment,
                        List.of(keys -> Optional.of(LocationSettings.read(keys))))
                .settings()
                .feature(LocationSettings.class);
    }

    @Test
    void noSettings_noTiles() throws Exception {
        LocationSettings settings = settings(Map.of());

        assertThat(settings.forMaps(new Grid(5)))
                .isEqualTo(new LocationFrames.MapSettings(null, null, TileCrs.WGS84, 86_400, 2_000, 5));
        assertThat(settings.pagePolicy().contentSecurityPolicy()).isEmpty();
        assertThat(settings.pagePolicy().permissionsPolicy()).contains("geolocation=(self)");
    }

    @ParameterizedTest
    @CsvSource({
        "https://tile.example.org/{z}/{x}/{y}.png, https://tile.example.org",
        "https://tile.example.org:8443/{z}/{x}/{y}{r}.png?key=a%20b, https://tile.example.org:8443",
        "http://[::1]:8080/{z}/{x}/{-y}, http://[::1]:8080",
    })
    void tileUrl_valid_givesItsOrigin(String url, String origin) throws Exception {
        LocationSettings settings = settings(Map.of("HONGYAN_LOCATION_TILE_URL", url));

        assertThat(settings.tiles().orElseThrow().url().template()).isEqualTo(url);
        assertThat(settings.pagePolicy().contentSecurityPolicy()).isEqualTo("img-src 'self' " + origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tile.example.org/{z}/{x}/{y}.png",
                "https://tile.example.org/{z}/{x}.png",
                "https://{s}.example.org/{z}/{x}/{y}.png",
                "https://*.example.org/{z}/{x}/{y}.png",
                "https://a b/{z}/{x}/{y}.png",
                "javascript:alert(1)//{z}/{x}/{y}",
                "https://user:password@example.org/{z}/{x}/{y}",
                "https:///{z}/{x}/{y}",
                "https://tile.example.org;script-src/{z}/{x}/{y}",
            })
    void tileUrl_invalid_isRefused(String url) {
        assertThatThrownBy(() -> settings(Map.of("HONGYAN_LOCATION_TILE_URL", url)))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("HONGYAN_LOCATION_TILE_URL");
    }

    @Test
    void tileCrs_unknown_isRefused() {
        assertThatThrownBy(() -> settings(Map.of("HONGYAN_LOCATION_TILE_CRS", "mercator")))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("wgs84, gcj02 or bd09");
    }
}
