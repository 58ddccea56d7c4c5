package im.hongyan.nearby;

import im.hongyan.config.SettingsReader;

/**
 * What an operator sets about Nearby.
 *
 * @param cellKm the size of the cells, 1 or 5
 */
record NearbySettings(int cellKm) {
    /** The settings {@code nearby.*}. */
    static NearbySettings read(SettingsReader settings) {
        return new NearbySettings(settings.value(
                "nearby.cell-km",
                1,
                "The size of the cells of coarse positions in km, 1 or 5. Fixed at the first start.",
                NearbySettings::size));
    }

    private static int size(String text) {
        return switch (text) {
            case "1" -> 1;
            case "5" -> 5;
            default -> throw new IllegalArgumentException("needs 1 or 5");
        };
    }
}
