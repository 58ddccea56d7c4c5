package im.hongyan.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Declares and reads settings in one step: each call of {@link #number}, {@link #text} … declares a key and returns its
 * value. For a bad value it records a problem and returns the default, so that one pass finds all problems.
 */
public final class SettingsReader {
    private static final String PREFIX = "HONGYAN_";

    private final Map<String, String> file;
    private final Map<String, String> environment;
    private final List<SettingValue> values = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private boolean production;

    SettingsReader(Map<String, String> file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
    }

    /** Whether production mode is on, which some defaults depend on. Known before any feature reads its settings. */
    public boolean production() {
        return production;
    }

    /** Reads the key whose value {@link #production} returns from now on. */
    boolean readProduction() {
        production = flag("production", false, "Refuses unsafe defaults and sets tight rate limits.");
        return production;
    }

    /** The name of a key in the environment: {@code http.port} is {@code HONGYAN_HTTP_PORT}. */
    static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    public int number(String key, int fallback, int min, int max, String description) {
        return value(key, fallback, description, text -> {
            if (!text.matches("-?\\d{1,10}") || Long.parseLong(text) < min || Long.parseLong(text) > max) {
                throw new IllegalArgumentException("needs a whole number from %d to %d".formatted(min, max));
            }
            return Integer.parseInt(text);
        });
    }

    public boolean flag(String key, boolean fallback, String description) {
        return value(key, fallback, description, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("needs true or false");
        });
    }

    /** @param rule the message for a value that does not have the required form, such as "needs a URL" */
    public String text(String key, String fallback, Predicate<String> form, String rule, String description) {
        return value(key, fallback, description, text -> {
            if (!form.test(text)) {
                throw new IllegalArgumentException(rule);
            }
            return text;
        });
    }

    /** A value that may be absent. */
    public <T> Optional<T> optional(String key, String description, Function<String, T> parser) {
        return value(key, Optional.empty(), description, text -> Optional.of(parser.apply(text)));
    }

    /** Items separated by commas, read together by {@code parser}. */
    public <T> T list(String key, T fallback, String description, Function<List<String>, T> parser) {
        return value(key, fallback, description, text -> parser.apply(split(text)));
    }

    /** As {@link #list}, but never printed. */
    public <T> List<T> secrets(String key, String description, Function<String, T> parser) {
        return read(key, List.of(), description, true, text -> split(text).stream()
                .map(parser)
                .toList());
    }

    /** A text that may be absent and is never printed. */
    public Optional<Secret> secret(String key, String description) {
        return read(key, Optional.empty(), description, true, text -> {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("needs a text");
            }
            return Optional.of(Secret.of(text));
        });
    }

    public <T> T value(String key, T fallback, String description, Function<String, T> parser) {
        return read(key, fallback, description, false, parser);
    }

    private <T> T read(String key, T fallback, String description, boolean secret, Function<String, T> parser) {
        if (values.stream().anyMatch(value -> value.key().equals(key))) {
            throw new IllegalStateException("the setting " + key + " has two owners");
        }
        String variable = variable(key);
        SettingValue.Origin origin = environment.containsKey(variable)
                ? SettingValue.Origin.ENVIRONMENT
                : file.containsKey(key) ? SettingValue.Origin.FILE : SettingValue.Origin.DEFAULT;
        T value = fallback;
        if (origin != SettingValue.Origin.DEFAULT) {
            String name = origin == SettingValue.Origin.ENVIRONMENT ? variable : key;
            String text =
                    (origin == SettingValue.Origin.ENVIRONMENT ? environment.get(variable) : file.get(key)).strip();
            try {
                value = parser.apply(text);
            } catch (IllegalArgumentException e) {
                problems.add(
                        name + ": " + e.getMessage() + (isPrintable(key, secret, text) ? ", not '" + text + "'" : ""));
            }
        }
        values.add(new SettingValue(key, shown(value, secret), origin, description));
        return value;
    }

    private static boolean isPrintable(String key, boolean secret, String text) {
        return !secret && !key.endsWith(".url") && text.length() <= 80;
    }

    private static String shown(Object value, boolean secret) {
        if (value instanceof Optional<?> optional) {
            return optional.map(present -> shown(present, secret)).orElse("");
        }
        if (value instanceof Collection<?> items) {
            List<String> texts = new ArrayList<>();
            items.forEach(item -> texts.add(shown(item, secret)));
            return String.join(", ", texts);
        }
        return secret ? "[redacted]" : String.valueOf(value);
    }

    /** Whether a text may be a host name or an IP address. */
    static boolean isHost(String text) {
        return text.matches("[A-Za-z0-9.:_-]{1,253}");
    }

    /** Whether a text has 1 to 200 visible characters. */
    static boolean isName(String text) {
        return text.matches("\\S{1,200}");
    }

    private static List<String> split(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    /** Whether the file or the environment has a value for the key, even a bad one. */
    boolean isGiven(String key) {
        return environment.containsKey(variable(key)) || file.containsKey(key);
    }

    /** Records a problem that concerns several keys. */
    public void refuse(String problem) {
        problems.add(problem);
    }

    /**
     * Records a warning about valid settings that are probably a mistake. It is printed at startup and by
     * {@code --check-config}, and does not stop the server.
     *
     * @param warning names the setting, the risk and the fix
     */
    public void warn(String warning) {
        warnings.add(warning);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }

    List<SettingValue> values() {
        return List.copyOf(values);
    }

    /** All problems so far, including keys and {@code HONGYAN_} variables that were never declared. */
    List<String> problems() {
        List<String> known = values.stream().map(SettingValue::key).toList();
        List<String> variables = known.stream().map(SettingsReader::variable).toList();
        List<String> all = new ArrayList<>(problems);
        file.keySet().stream()
                .filter(key -> !known.contains(key))
                .sorted()
                .forEach(key -> all.add(key + ": unknown setting" + DidYouMean.suggestion(key, known)));
        environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !variables.contains(name))
                .sorted()
                .forEach(name -> all.add(name + ": unknown setting" + DidYouMean.suggestion(name, variables)));
        return all;
    }
}
