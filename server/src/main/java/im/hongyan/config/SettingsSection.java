package im.hongyan.config;

import java.util.Optional;

/** Declares and reads the settings of one feature. */
@FunctionalInterface
public interface SettingsSection {
    /** @return the feature's settings record; empty if it has no settings. It is found again by its class. */
    Optional<Object> read(SettingsReader settings);
}
