package im.hongyan.loadtest.experiment;

import java.util.Arrays;
import java.util.Map;
import java.util.function.BiFunction;

/** The scenarios, by their number in the reliability table. */
public enum Scenario {
    KILL("1", "kill -9 of one node under load", false, NodeFailureScenarios::killOne),
    KILL_TWO("2", "kill -9 of two nodes within a second, then their restart", false, NodeFailureScenarios::killTwo),
    FREEZE("3", "a node is frozen (SIGSTOP) for a while, then resumes", false, NodeFailureScenarios::freeze),
    PARTITION("4", "one node is cut off from the others, briefly and for longer", true, PartitionScenarios::partition),
    RIFT("4b", "two nodes lose each other, but both reach the third", true, PartitionScenarios::rift),
    ROLL("5", "each node is restarted in turn under load", false, RestartScenarios::roll),
    TERMINATE("6", "SIGTERM to a node under load", false, RestartScenarios::terminate),
    GROW("6b", "a third node joins two under load and is drained again", false, RestartScenarios::growAndShrink),
    REDIS("9", "Redis is emptied, then killed", false, RedisFailureScenarios::lose),
    SLOW("12", "some clients stop reading", false, CrowdScenarios::slowReaders),
    GROUP("13", "a large group with senders on all nodes", false, CrowdScenarios::largeGroup),
    DROP("14", "all sockets are dropped at once", false, CrowdScenarios::dropAll),
    ENVELOPES(
            "18",
            "crowds open red envelopes while a node and PostgreSQL are killed",
            MoneyScenarios.SETTINGS,
            MoneyScenarios::crowd),
    JOIN("19", "fifty users join a call at once while a node is killed", CallScenarios.SETTINGS, CallScenarios::join),
    LAST_PUSH(
            "21a",
            "a node is killed between commit and push, then no message follows",
            false,
            NodeFailureScenarios::lastPush),
    BUS(
            "21b",
            "the event bus between the nodes fails for a moment, then no message follows",
            true,
            PartitionScenarios::lastOnTheBus),
    ROUTE("21c", "the directory loses a route, then no message follows", false, RedisFailureScenarios::loseRoute),
    MONEY(
            "money",
            "nodes, PostgreSQL and Redis are killed, one after the other, while users move money",
            MoneyScenarios.SETTINGS,
            MoneyScenarios::kills);

    private final String number;
    private final String what;
    private final boolean apart;
    /** An immutable copy. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Map<String, String> settings;

    /** A method of a class without state. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final BiFunction<Cluster, Scale, Outcome> program;

    Scenario(String number, String what, boolean apart, BiFunction<Cluster, Scale, Outcome> program) {
        this(number, what, apart, Map.of(), program);
    }

    Scenario(String number, String what, Map<String, String> settings, BiFunction<Cluster, Scale, Outcome> program) {
        this(number, what, false, settings, program);
    }

    Scenario(
            String number,
            String what,
            boolean apart,
            Map<String, String> settings,
            BiFunction<Cluster, Scale, Outcome> program) {
        this.number = number;
        this.what = what;
        this.apart = apart;
        this.settings = Map.copyOf(settings);
        this.program = program;
    }

    /** @throws IllegalArgumentException that names the existing scenarios */
    static Scenario of(String number) {
        return Arrays.stream(values())
                .filter(scenario -> scenario.number.equals(number))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no scenario " + number + "; there are "
                        + String.join(
                                " ",
                                Arrays.stream(values()).map(Scenario::number).toList())));
    }

    public String number() {
        return number;
    }

    public String what() {
        return what;
    }

    /** Whether its nodes must be in separate networks. */
    public boolean isApart() {
        return apart;
    }

    /** Additional settings of its nodes, as environment variables. */
    public Map<String, String> settings() {
        return settings;
    }

    /** Runs the scenario on an intact cluster and leaves the cluster intact. */
    public Outcome run(Cluster cluster, Scale scale) {
        try {
            return program.apply(cluster, scale);
        } finally {
            cluster.mend();
        }
    }
}
