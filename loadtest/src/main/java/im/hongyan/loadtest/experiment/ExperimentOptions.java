package im.hongyan.loadtest.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The command line. It is validated completely before anything starts.
 *
 * @param folder for data and logs, which is kept; null for a temporary one that is deleted if all scenarios hold
 */
record ExperimentOptions(
        boolean help,
        List<Scenario> scenarios,
        Scale scale,
        Path server,
        Path earlier,
        Path folder,
        Path runtime,
        int port) {
    private static final Set<String> KNOWN =
            Set.of("server", "earlier", "folder", "runtime", "port", "users", "rate", "kills", "seed");

    static String usage() {
        return """
            usage: scripts/experiment SCENARIO... | all  [option]...
            Starts PostgreSQL, Redis and three nodes as processes, lets clients write and read, breaks something, and
            prints the history checker's verdict for each scenario.
              --users N        users in most scenarios (default 60)
              --rate N         messages per second (default 150)
              --kills N        kills in the scenario `money` (default 100, about 15 minutes)
              --seed N         seed of the random choices in `money`
              --earlier JAR    the jar of an earlier version: scenario 5 starts with it and upgrades
              --folder FOLDER  a folder for data and logs, which is kept (default: a temporary folder, which is deleted
                               if all scenarios hold)
              --runtime FOLDER a folder with the unpacked binaries of the stores
              --port N         the nodes use this port and the 40 after it (default 18400)
              --brief          shorter and with less load
            Exits with 0 if all scenarios hold, 1 if one does not, and 2 if nothing could be started. Scenarios:
            """
                + Arrays.stream(Scenario.values())
                        .map(scenario -> String.format(
                                "  %-4s %s%s%n",
                                scenario.number(),
                                scenario.what(),
                                scenario.isApart() ? " (needs root: network namespaces)" : ""))
                        .collect(Collectors.joining());
    }

    /** @throws IllegalArgumentException with a message for the user */
    static ExperimentOptions of(String... args) {
        List<Scenario> scenarios = new ArrayList<>();
        Map<String, String> given = new LinkedHashMap<>();
        boolean brief = false;
        boolean help = args.length == 0;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("all")) {
                scenarios.addAll(Arrays.asList(Scenario.values()));
            } else if (args[i].equals("--brief")) {
                brief = true;
            } else if (args[i].equals("--help")) {
                help = true;
            } else if (!args[i].startsWith("--")) {
                scenarios.add(Scenario.of(args[i]));
            } else if (!KNOWN.contains(args[i].substring(2))) {
                throw new IllegalArgumentException("unknown option " + args[i]);
            } else if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            } else {
                given.put(args[i].substring(2), args[++i]);
            }
        }
        if (scenarios.isEmpty() && !help) {
            throw new IllegalArgumentException("no scenario given; --help lists them");
        }
        Scale scale = brief ? Scale.brief() : Scale.full();
        return new ExperimentOptions(
                help,
                List.copyOf(scenarios),
                scale.withRate(number(given, "rate", scale.rate(), 1, 5_000))
                        .withUsers(number(given, "users", scale.users(), 3, 5_000))
                        .withKills(number(given, "kills", scale.kills(), 1, 1_000))
                        .withSeed(number(given, "seed", (int) scale.seed() & Integer.MAX_VALUE, 0, Integer.MAX_VALUE)),
                path(given, "server"),
                path(given, "earlier"),
                path(given, "folder"),
                path(given, "runtime"),
                number(given, "port", 18_400, 1_024, 65_000));
    }

    private static Path path(Map<String, String> given, String name) {
        return given.containsKey(name) ? Path.of(given.get(name)).toAbsolutePath() : null;
    }

    private static int number(Map<String, String> given, String name, int absent, int least, int most) {
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
            // The message below says what is expected.
        }
        throw new IllegalArgumentException("--" + name + " is " + least + " to " + most + ", not " + value);
    }

    Cluster.Plan plan(Path in, int nodes, boolean apart) {
        if (server == null) {
            throw new ExperimentFailure("--server must be the server's jar");
        }
        return new Cluster.Plan(
                java(server),
                java(earlier == null ? server : earlier),
                runtime,
                in.toAbsolutePath(),
                port,
                nodes,
                apart,
                settings());
    }

    private Map<String, String> settings() {
        Map<String, String> all = new LinkedHashMap<>();
        scenarios.forEach(scenario -> all.putAll(scenario.settings()));
        return all;
    }

    private static List<String> java(Path jar) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-Xmx512m", "-jar", jar.toString());
    }
}
