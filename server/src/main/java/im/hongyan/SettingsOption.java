package im.hongyan;

import im.hongyan.config.Configuration;
import im.hongyan.config.GeneratedKey;
import im.hongyan.config.InvalidSettings;
import im.hongyan.config.Settings;
import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option {@code --config} and the settings that follow from it. */
final class SettingsOption {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The settings file (default: " + Configuration.DEFAULT_FILE + ", if it exists).")
    private Path file;

    /** The folder to which relative paths in settings refer; {@code scripts/run} sets it. */
    static Path home() {
        return Path.of(System.getProperty("hongyan.home", "")).toAbsolutePath();
    }

    /** The file from the command line, if any. */
    Optional<Path> file() {
        return Optional.ofNullable(file).map(Path::toAbsolutePath);
    }

    Configuration configuration() throws InvalidSettings {
        return Configuration.load(file(), home(), System.getenv(), Features.settings(Features.ALL));
    }

    /** Reads the settings and applies their log level. */
    Settings settings() throws InvalidSettings {
        Settings settings = configuration().settings();
        // logback.xml reads it when the first logger is created, which happens later.
        System.setProperty("hongyan.log.level", settings.logLevel());
        return settings;
    }

    /** The settings with a generated signing key if they have none. */
    static Settings withSigningKey(Settings settings) {
        if (!settings.auth().keys().isEmpty()) {
            return settings;
        }
        try {
            return settings.withSigningKey(GeneratedKey.in(settings.data()));
        } catch (IOException e) {
            throw new StartFailure(
                    "The data folder " + settings.data() + " cannot store the signing key: " + e.getMessage(), e);
        }
    }
}
