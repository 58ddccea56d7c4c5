package im.hongyan.loadtest.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A command line of {@code --name value} pairs. */
final class Arguments {
    private final Map<String, String> given = new LinkedHashMap<>();

    /** @throws IllegalArgumentException in words for the user */
    Arguments(String[] args, Set<String> known) {
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

    boolean has(String name) {
        return given.containsKey(name);
    }

    /** One that must be given. */
    String text(String name) {
        String value = given.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is needed");
        }
        return value;
    }

    int number(String name, int absent, int least, int most) {
        String value = given.get(name);
        if (value == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException("--" + name + " is " + least + " to " + most + ", not " + value);
    }
}
