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
 * Declares and reads settings in one go: each call of {@link #number}, {@link #text} … makes a key known and answers its
 * value. A bad value is noted and the default answered instead, so that one pass finds everything that is wrong.
 */
public final class SettingsReader {
    private static final String PREFIX = "HONGYAN_";

    private final Map<String, String> file;
    private final Map<String, String> environment;
    private final List<Configuration.Value> values = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private boolean production;

    SettingsReader(Map<String, String> file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
    }

    /** Whether the node runs in production mode, which some defaults depend on. Known before any feature reads its settings. */
    public boolean production() {
        return production;
    }

    /** Reads the key that {@link #production} answers from now on. */
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

    /** A text of a certain form, which {@code rule} names for the person who got it wrong. */
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

    /** As {@link #list}, never printed. */
    public <T> List<T> secrets(String key, String description, Function<String, T> parser) {
        return read(key, List.of(), description, true, text -> split(text).stream()
                .map(parser)
                .toList());
    }

    /** A text that may be absent, and is never printed. */
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
        Configuration.Origin origin = environment.containsKey(variable)
                ? Configuration.Origin.ENVIRONMENT
                : file.containsKey(key) ? Configuration.Origin.FILE : Configuration.Origin.DEFAULT;
        T value = fallback;
        if (origin != Configuration.Origin.DEFAULT) {
            String name = origin == Configuration.Origin.ENVIRONMENT ? variable : key;
            String text =
                    (origin == Configuration.Origin.ENVIRONMENT ? environment.get(variable) : file.get(key)).strip();
            try {
                value = parser.apply(text);
            } catch (IllegalArgumentException e) {
                problems.add(
                        name + ": " + e.getMessage() + (isTelling(key, secret, text) ? ", not '" + text + "'" : ""));
            }
        }
        values.add(new Configuration.Value(key, shown(value, secret), origin, description));
        return value;
    }

    private static boolean isTelling(String key, boolean secret, String text) {
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

    private static List<String> split(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    /** Whether somebody gave it a value, be it a bad one. */
    boolean isGiven(String key) {
        return environment.containsKey(variable(key)) || file.containsKey(key);
    }

    /** Notes a problem that no parser sees, between several keys. */
    public void refuse(String problem) {
        problems.add(problem);
    }

    List<Configuration.Value> values() {
        return List.copyOf(values);
    }

    /** Everything wrong so far, and every key and {@code HONGYAN_} variable that nobody declared. */
    List<String> problems() {
        List<String> known = values.stream().map(Configuration.Value::key).toList();
        List<String> variables = known.stream().map(SettingsReader::variable).toList();
        List<String> all = new ArrayList<>(problems);
        file.keySet().stream()
                .filter(key -> !known.contains(key))
                .sorted()
                .forEach(key -> all.add(key + ": there is no such setting" + DidYouMean.suggestion(key, known)));
        environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !variables.contains(name))
                .sorted()
                .forEach(name -> all.add(name + ": there is no such setting" + DidYouMean.suggestion(name, variables)));
        return all;
    }
}
