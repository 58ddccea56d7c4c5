package im.hongyan.loadtest.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A command line of {@code --name value} pairs. */
public final class Arguments {
    private final Map<String, String> given = new LinkedHashMap<>();

    /** @throws IllegalArgumentException with a message for the user */
    public Arguments(String[] args, Set<String> known) {
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (!known.contains(name)) {
                throw new IllegalArgumentException("unknown option " + args[i]);
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            }
            given.put(name, args[i + 1]);
        }
    }

    public boolean has(String name) {
        return given.containsKey(name);
    }

    /** A required option. */
    public String text(String name) {
        String value = given.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is required");
        }
        return value;
    }

    public int number(String name, int absent, int min, int max) {
        String value = given.get(name);
        if (value == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below says what is expected.
        }
        throw new IllegalArgumentException("--" + name + " is " + min + " to " + max + ", not " + value);
    }
}
