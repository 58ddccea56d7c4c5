package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.bench.Arguments;
import im.hongyan.loadtest.experiment.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What all attacks have in common: their command line, and the cluster that they start and end. */
final class AttackRun {
    /** The longest phase, in seconds. */
    static final int MAX_SECONDS = 120;

    private static final Set<String> COMMON = Set.of("server", "nodes", "production", "port", "runtime", "folder");

    /** An attack on a running cluster. Returns when it is over. */
    interface Attack {
        void run(Cluster cluster);
    }

    private AttackRun() {}

    /**
     * Reads the command line, starts a cluster, runs the attack and exits: with 0, or with 2 if the command line is
     * wrong.
     *
     * @param own the attack's own options
     * @param parse reads the attack's own options
     */
    static void main(String name, String[] args, Set<String> own, Function<Arguments, Attack> parse)
            throws IOException {
        Attack attack;
        Cluster.Plan plan;
        Arguments arguments;
        try {
            arguments = new Arguments(
                    args, Stream.concat(COMMON.stream(), own.stream()).collect(Collectors.toSet()));
            attack = parse.apply(arguments);
            plan = plan(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(name + ": " + e.getMessage());
            System.exit(2);
            return;
        }
        try (Cluster cluster = Cluster.start(plan)) {
            attack.run(cluster);
        }
        if (arguments.has("folder")) {
            System.err.println(name + ": logs are in " + plan.folder());
        } else {
            delete(plan.folder());
        }
        System.exit(0);
    }

    private static Cluster.Plan plan(Arguments arguments) throws IOException {
        Path server = Path.of(arguments.text("server")).toAbsolutePath();
        int port = arguments.number("port", 18_600, 1_024, 65_000);
        int nodes = arguments.number("nodes", 1, 1, 8);
        boolean production = arguments.number("production", 0, 0, 1) == 1;
        Path folder = arguments.has("folder")
                ? Files.createDirectories(Path.of(arguments.text("folder"))).toAbsolutePath()
                : Files.createTempDirectory(
                        "hongyan-attack",
                        // As root, PostgreSQL runs as another user, which must be able to enter this folder.
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        return new Cluster.Plan(
                List.of("java", "-Xmx512m", "-jar", server.toString()),
                List.of(),
                arguments.has("runtime") ? Path.of(arguments.text("runtime")).toAbsolutePath() : null,
                folder,
                port,
                nodes,
                false,
                production ? Map.of("HONGYAN_PRODUCTION", "true") : Map.of());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }
}
