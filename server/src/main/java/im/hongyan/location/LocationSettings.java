package im.hongyan.location;

import im.hongyan.config.SettingsReader;
import im.hongyan.protocol.PagePolicy;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The settings of maps, live shares and their grid.
 *
 * @param maxShare how long a share may run
 * @param minUpdate the least time between two positions of a share
 * @param tick how often watchers get positions
 * @param tiles where map tiles come from; empty for maps without tiles
 */
record LocationSettings(Duration maxShare, Duration minUpdate, Duration tick, Optional<Tiles> tiles, TileCrs tileCrs) {
    /**
     * A tile server.
     *
     * @param url a template with {@code {z}}, {@code {x}} and {@code {y}}
     * @param attribution as the server's terms of use require it
     */
    record Tiles(TileUrl url, String attribution) {}

    /** @param origin scheme, host and port, for the Content-Security-Policy */
    record TileUrl(String template, String origin) {
        private static final int MAX_LENGTH = 500;

        /** @throws IllegalArgumentException if the text is not the template of an HTTP URL */
        static TileUrl parse(String text) {
            if (text.length() > MAX_LENGTH
                    || !text.contains("{z}")
                    || !text.contains("{x}")
                    || !(text.contains("{y}") || text.contains("{-y}"))) {
                throw malformed();
            }
            try {
                // Braces are not allowed in URIs, and {s} is not supported, because each host must be known.
                URI uri = new URI(text.replaceAll("\\{(z|x|-?y|r)}", "0"));
                String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
                if (!(scheme.equals("https") || scheme.equals("http"))
                        || uri.getHost() == null
                        || uri.getUserInfo() != null) {
                    throw malformed();
                }
                String origin = scheme + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
                // Rejects hosts that a policy cannot name.
                PagePolicy.NONE.allow("img-src", origin);
                return new TileUrl(text, origin);
            } catch (URISyntaxException e) {
                throw malformed();
            }
        }

        private static IllegalArgumentException malformed() {
            return new IllegalArgumentException("needs an http or https URL of one host with {z}, {x} and {y}, such as"
                    + " https://tile.example.org/{z}/{x}/{y}.png");
        }

        @Override
        public String toString() {
            return template;
        }
    }

    /** The settings {@code location.*}. */
    static LocationSettings read(SettingsReader settings) {
        int maxShare = settings.number(
                "location.max-share-seconds",
                LocationFrames.Start.MAX_SECONDS,
                LocationFrames.Start.MIN_SECONDS,
                LocationFrames.Start.MAX_SECONDS,
                "How long a user may share their location at a time.");
        int minUpdate = settings.number(
                "location.min-update-ms",
                2_000,
                100,
                60_000,
                "The minimum time between two positions of a shared location.");
        int tick = settings.number(
                "location.tick-ms", 1_000, 100, 10_000, "How often open maps get the positions that have changed.");
        Optional<TileUrl> url = settings.optional(
                "location.tile-url",
                "The template of map tiles. Their server learns which parts of the map users look at.",
                TileUrl::parse);
        String attribution = settings.text(
                "location.tile-attribution",
                "",
                text -> text.length() <= 300,
                "needs at most 300 characters",
                "The attribution that the map shows, as the tile server's terms require.");
        TileCrs crs = settings.value(
                "location.tile-crs",
                TileCrs.WGS84,
                "The coordinate system of the tiles: wgs84, gcj02 or bd09.",
                TileCrs::parse);
        if (url.isPresent() && attribution.isBlank()) {
            settings.warn(
                    "location.tile-attribution: location.tile-url is set without an attribution, which the terms of"
                            + " most tile servers require. Set HONGYAN_LOCATION_TILE_ATTRIBUTION.");
        }
        return new LocationSettings(
                Duration.ofSeconds(maxShare),
                Duration.ofMillis(minUpdate),
                Duration.ofMillis(tick),
                url.map(template -> new Tiles(template, attribution)),
                crs);
    }

    LocationFrames.MapSettings forMaps(Grid grid) {
        return new LocationFrames.MapSettings(
                tiles.map(server -> server.url().template()).orElse(null),
                tiles.map(Tiles::attribution).filter(text -> !text.isBlank()).orElse(null),
                tileCrs,
                maxShare.toSeconds(),
                minUpdate.toMillis(),
                grid.sizeMetres() / 1_000);
    }

    /** What pages may use: the position of the device, and tiles from their server. */
    PagePolicy pagePolicy() {
        PagePolicy policy = PagePolicy.NONE.permit("geolocation", "self").permit("screen-wake-lock", "self");
        return tiles.map(server -> policy.allow("img-src", server.url().origin()))
                .orElse(policy);
    }
}
