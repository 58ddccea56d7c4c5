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

/**
 * The settings with the origin of each.
 *
 * @param file where the file's values came from, if there was one
 */
public record Configuration(Settings settings, List<Value> values, Optional<Path> file) {
    /** The file that is read when none is named, if it exists in the working directory. */
    public static final String DEFAULT_FILE = "hongyan.properties";

    /** Where a value came from; the later wins. */
    public enum Origin {
        DEFAULT,
        FILE,
        ENVIRONMENT
    }

    /** One setting as it is printed: secrets are redacted already. */
    public record Value(String key, String shown, Origin origin, String description) {}

    /**
     * Reads all settings.
     *
     * @param named the file given on the command line; it must exist
     * @param features the settings that features declare
     * @throws InvalidSettings with everything that is wrong, not only the first
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
        problems.addAll(keys.problems());
        if (!problems.isEmpty()) {
            throw new InvalidSettings(problems);
        }
        return new Configuration(settings, keys.values(), file);
    }

    private static Map<String, String> read(Path file, List<String> problems) {
        Map<String, String> values = new HashMap<>();
        Properties properties = new Properties() {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized Object put(Object key, Object value) {
                if (values.put((String) key, (String) value) != null) {
                    problems.add(key + ": it is twice in " + file);
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

    /** All settings in the form of a settings file, each with its sentence and origin. */
    public String print() {
        StringBuilder text = new StringBuilder();
        for (Value value : values) {
            String source =
                    switch (value.origin) {
                        case DEFAULT -> "default";
                        case FILE -> "file " + file.map(Path::toString).orElse("");
                        case ENVIRONMENT -> "environment " + SettingsReader.variable(value.key);
                    };
            text.append("# %s [%s]%n%s=%s%n%n".formatted(value.description, source, value.key, value.shown));
        }
        return text.toString();
    }
}
