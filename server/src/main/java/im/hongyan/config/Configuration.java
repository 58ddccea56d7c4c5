package im.hongyan.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The settings with the origin of each.
 *
 * @param file the settings file, if there is one
 * @param warnings warnings about valid settings that are probably a mistake; each names the setting, the risk and the
 *     fix
 */
public record Configuration(Settings settings, List<SettingValue> values, Optional<Path> file, List<String> warnings) {
    /** The settings file in the working directory that is read, if it exists, when the command line names none. */
    public static final String DEFAULT_FILE = "hongyan.properties";

    /**
     * Reads all settings.
     *
     * @param named the file given on the command line; it must exist
     * @param features the settings that features declare
     * @throws InvalidSettings with all problems, not only the first
     */
    public static Configuration load(
            Optional<Path> named,
            Path workingDirectory,
            Map<String, String> environment,
            List<SettingsSection> features)
            throws InvalidSettings {
        Path fallback = workingDirectory.resolve(DEFAULT_FILE);
        Optional<Path> file = named.map(workingDirectory::resolve)
                .or(() -> Optional.of(fallback).filter(Files::exists));
        List<String> problems = new ArrayList<>();
        Map<String, String> properties = file.map(path -> read(path, problems)).orElse(Map.of());
        SettingsReader keys = new SettingsReader(properties, environment);
        Settings settings = Settings.read(keys, workingDirectory, features);
        RedisChecks.check(settings.redis(), keys);
        if (settings.production()) {
            new ProductionChecks(keys).check(settings);
        }
        problems.addAll(keys.problems());
        if (!problems.isEmpty()) {
            throw new InvalidSettings(problems);
        }
        List<String> warnings = Stream.concat(SettingsWarnings.of(settings).stream(), keys.warnings().stream())
                .toList();
        return new Configuration(settings, keys.values(), file, warnings);
    }

    private static Map<String, String> read(Path file, List<String> problems) {
        Map<String, String> values = new HashMap<>();
        Properties properties = new Properties() {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized Object put(Object key, Object value) {
                if (values.put((String) key, (String) value) != null) {
                    problems.add(key + ": given twice in " + file);
                }
                return null;
            }
        };
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (CharacterCodingException e) {
            problems.add("The settings file " + file + " is not UTF-8.");
        } catch (IOException e) {
            problems.add("The settings file " + file + " cannot be read"
                    + (Files.exists(file) ? "." : ": there is no such file."));
        } catch (IllegalArgumentException e) {
            problems.add("The settings file " + file + " has a malformed \\u escape.");
        }
        return values;
    }

    /** All settings in the format of a settings file, each with its description and origin. */
    public String print() {
        StringBuilder text = new StringBuilder();
        for (SettingValue value : values) {
            String source =
                    switch (value.origin()) {
                        case DEFAULT -> "default";
                        case FILE -> "file " + file.map(Path::toString).orElse("");
                        case ENVIRONMENT -> "environment " + SettingsReader.variable(value.key());
                    };
            text.append("# %s [%s]%n%s=%s%n%n".formatted(value.description(), source, value.key(), value.shown()));
        }
        return text.toString();
    }
}
