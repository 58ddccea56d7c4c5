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
 * The command line, all of it checked before anything starts.
 *
 * @param folder for data and logs, which stays; null for one that goes if all holds
 */
record ExperimentOptions(
        boolean help, List<Row> rows, Scale scale, Path server, Path earlier, Path folder, Path runtime, int port) {
    private static final Set<String> KNOWN =
            Set.of("server", "earlier", "folder", "runtime", "port", "people", "rate", "kills", "seed");

    static String usage() {
        return """
            usage: scripts/experiment ROW... | all  [option]...
            Starts PostgreSQL, Redis and three nodes as processes, has clients write and read, breaks something, and
            prints a verdict of the history checker for each row of the reliability table.
              --people N       clients in an ordinary flood (default 60)
              --rate N         messages a second (default 150)
              --kills N        of the row `money` (default 100, some 15 minutes)
              --seed N         of what is chosen at random there
              --earlier JAR    an earlier version's jar: row 5 starts with it, and upgrades
              --folder FOLDER  for data and logs, and stays (default: a temporary one, that goes if all rows hold)
              --runtime FOLDER where the stores' binaries are unpacked already
              --port N         the nodes take this port and the 40 that follow (default 18400)
              --brief          shorter and with less load
            Exits with 0 if all rows hold, 1 if one does not, 2 if nothing could be started. Rows:
            """
                + Arrays.stream(Row.values())
                        .map(row -> String.format(
                                "  %-4s %s%s%n",
                                row.number(), row.what(), row.isApart() ? " (needs root: network namespaces)" : ""))
                        .collect(Collectors.joining());
    }

    /** @throws IllegalArgumentException in words for the user */
    static ExperimentOptions of(String... args) {
        List<Row> rows = new ArrayList<>();
        Map<String, String> given = new LinkedHashMap<>();
        boolean brief = false;
        boolean help = args.length == 0;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("all")) {
                rows.addAll(Arrays.asList(Row.values()));
            } else if (args[i].equals("--brief")) {
                brief = true;
            } else if (args[i].equals("--help")) {
                help = true;
            } else if (!args[i].startsWith("--")) {
                rows.add(Row.of(args[i]));
            } else if (!KNOWN.contains(args[i].substring(2))) {
                throw new IllegalArgumentException("unknown option " + args[i]);
            } else if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value");
            } else {
                given.put(args[i].substring(2), args[++i]);
            }
        }
        if (rows.isEmpty() && !help) {
            throw new IllegalArgumentException("which rows? --help names them");
        }
        Scale scale = brief ? Scale.brief() : Scale.full();
        return new ExperimentOptions(
                help,
                List.copyOf(rows),
                scale.withRate(number(given, "rate", scale.rate(), 1, 5_000))
                        .withPeople(number(given, "people", scale.people(), 3, 5_000))
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
            // Said below.
        }
        throw new IllegalArgumentException("--" + name + " is " + least + " to " + most + ", not " + value);
    }

    Cluster.Plan plan(Path in, int nodes, boolean apart) {
        if (server == null) {
            throw new ExperimentFailure("--server names the jar of the server");
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
        rows.forEach(row -> all.putAll(row.settings()));
        return all;
    }

    private static List<String> java(Path jar) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-Xmx512m", "-jar", jar.toString());
    }
}
