package im.hongyan.config;

/**
 * The value of a setting and where it came from.
 *
 * @param shown the value as text; secrets are redacted
 */
public record SettingValue(String key, String shown, Origin origin, String description) {
    /** A source of settings; a later one overrides an earlier one. */
    public enum Origin {
        DEFAULT,
        FILE,
        ENVIRONMENT
    }
}
