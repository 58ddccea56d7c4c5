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

/** Where a command takes its settings from. */
final class SettingsOption {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The settings file (default: " + Configuration.DEFAULT_FILE + ", if there is one).")
    private Path file;

    /** The folder that relative settings mean; {@code scripts/run} names the one that it is in. */
    static Path home() {
        return Path.of(System.getProperty("hongyan.home", "")).toAbsolutePath();
    }

    /** The file that was named, if one was. */
    Optional<Path> file() {
        return Optional.ofNullable(file).map(Path::toAbsolutePath);
    }

    Configuration configuration() throws InvalidSettings {
        return Configuration.load(file(), home(), System.getenv(), Features.settings(Features.ALL));
    }

    /** The settings, with a signing key of this folder's own if they name none; logging follows them from here. */
    Settings settings() throws InvalidSettings {
        Settings settings = configuration().settings();
        // Read by logback.xml when the first logger is made, which is not before this.
        System.setProperty("hongyan.log.level", settings.logLevel());
        return settings;
    }

    static Settings withSigningKey(Settings settings) {
        if (!settings.auth().keys().isEmpty()) {
            return settings;
        }
        try {
            return settings.withSigningKey(GeneratedKey.in(settings.data()));
        } catch (IOException e) {
            throw new StartFailure(
                    "The data folder " + settings.data() + " cannot keep a signing key: " + e.getMessage(), e);
        }
    }
}
