package im.hongyan.loadtest.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Runs scenarios on three processes and prints a verdict on each. */
public final class Experiment {
    private static final int NODES = 3;

    private Experiment() {}

    /** Exits with 0 if all scenarios hold, 1 if one fails or could not be run, and 2 if none could be run. */
    public static void main(String[] args) {
        ExperimentOptions options = null;
        try {
            options = ExperimentOptions.of(args);
        } catch (IllegalArgumentException e) {
            System.err.println("experiment: " + e.getMessage());
            System.exit(2);
        }
        if (options.help()) {
            System.out.print(ExperimentOptions.usage());
            System.exit(0);
        }
        int code;
        try {
            code = run(options) ? 0 : 1;
        } catch (ExperimentFailure | IOException e) {
            System.err.println("experiment: " + e.getMessage());
            code = 2;
        }
        System.exit(code);
    }

    private static boolean run(ExperimentOptions options) throws IOException {
        boolean apart = options.scenarios().stream().anyMatch(Scenario::isApart);
        if (apart && !Cluster.canBeApart()) {
            throw new ExperimentFailure("scenarios "
                    + String.join(
                            ", ",
                            options.scenarios().stream()
                                    .filter(Scenario::isApart)
                                    .map(Scenario::number)
                                    .toList())
                    + " need network namespaces: Linux, root and iproute2");
        }
        Path folder = options.folder() != null
                ? Files.createDirectories(options.folder())
                : Files.createTempDirectory(
                        "hongyan-experiment",
                        // As root, PostgreSQL runs as another user, which must be able to enter this folder.
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        List<Outcome> outcomes = new ArrayList<>();
        say("starting PostgreSQL, Redis and three nodes" + (apart ? ", each in its own network" : "") + " in "
                + folder);
        try (Cluster cluster = Cluster.start(options.plan(folder, NODES, apart))) {
            for (Scenario scenario : options.scenarios()) {
                say("scenario " + scenario.number() + ": " + scenario.what());
                long began = System.nanoTime();
                Outcome outcome;
                try {
                    outcome = scenario.run(cluster, options.scale());
                } catch (ExperimentFailure e) {
                    outcome = new Outcome(scenario.number());
                    outcome.must(false, "runs: " + e.getMessage());
                }
                outcomes.add(outcome);
                outcome.figure("took %.0f s", Await.seconds(began));
                System.out.println(outcome);
            }
        }
        boolean holds = outcomes.stream().allMatch(Outcome::holds);
        System.out.println((holds ? "All " : "NOT all ") + outcomes.size() + " hold: "
                + String.join(
                        ", ", options.scenarios().stream().map(Scenario::number).toList()));
        if (holds && options.folder() == null) {
            delete(folder);
        } else {
            say("logs are in " + folder);
        }
        return holds;
    }

    private static void say(String news) {
        System.err.println("experiment: " + news);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }
}
