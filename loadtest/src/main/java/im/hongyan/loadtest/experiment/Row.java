package im.hongyan.loadtest.experiment;

import java.util.Arrays;
import java.util.Map;
import java.util.function.BiFunction;

/** The rows that are carried out here, by their number in the table. */
public enum Row {
    KILL("1", "kill -9 of one node in a flood", false, LosingNodes::killOne),
    KILL_TWO("2", "kill -9 of two nodes within a second, and their restart", false, LosingNodes::killTwo),
    FREEZE("3", "a node is stopped (SIGSTOP) for a while, and goes on", false, LosingNodes::freeze),
    PARTITION("4", "one node against the others, for a while and for longer", true, CutOff::partition),
    RIFT("4b", "two nodes lose each other, and both reach the third", true, CutOff::rift),
    ROLL("5", "each node is restarted in turn under load", false, Restarts::roll),
    TERMINATE("6", "SIGTERM to a node under load", false, Restarts::terminate),
    GROW("6b", "a third node joins two under load, and is drained again", false, Restarts::growAndShrink),
    REDIS("9", "Redis is emptied, and killed", false, LosingRedis::lose),
    SLOW("12", "some clients stop reading", false, Crowds::slowReaders),
    GROUP("13", "a large group with senders on all nodes", false, Crowds::largeGroup),
    DROP("14", "all sockets are dropped at once", false, Crowds::dropAll),
    ENVELOPES(
            "18",
            "crowds open red envelopes, a node and PostgreSQL are killed meanwhile",
            Money.SETTINGS,
            Money::crowd),
    LAST_PUSH("21a", "a node is killed between commit and push, and then all is silent", false, LosingNodes::lastPush),
    BUS("21b", "the bus between the nodes is dead for a moment, and then all is silent", true, CutOff::lastOnTheBus),
    ROUTE("21c", "the directory loses a route, and then all is silent", false, LosingRedis::loseRoute),
    MONEY(
            "money",
            "nodes, PostgreSQL and Redis are killed, one after the other, while money is moved",
            Money.SETTINGS,
            Money::kills);

    private final String number;
    private final String what;
    private final boolean apart;
    /** A copy that nobody changes. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Map<String, String> settings;

    /** A method of a class without state. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final BiFunction<Cluster, Scale, Outcome> program;

    Row(String number, String what, boolean apart, BiFunction<Cluster, Scale, Outcome> program) {
        this(number, what, apart, Map.of(), program);
    }

    Row(String number, String what, Map<String, String> settings, BiFunction<Cluster, Scale, Outcome> program) {
        this(number, what, false, settings, program);
    }

    Row(
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

    /** @throws IllegalArgumentException that names those that there are */
    static Row of(String number) {
        return Arrays.stream(values())
                .filter(row -> row.number.equals(number))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no row " + number + " here; there are "
                        + String.join(
                                " ", Arrays.stream(values()).map(Row::number).toList())));
    }

    public String number() {
        return number;
    }

    public String what() {
        return what;
    }

    /** Whether its nodes must be in networks of their own. */
    public boolean isApart() {
        return apart;
    }

    /** What its nodes are told beside the usual, by its name in the environment. */
    public Map<String, String> settings() {
        return settings;
    }

    /** Carries it out on a cluster that is whole, and leaves it whole. */
    public Outcome run(Cluster cluster, Scale scale) {
        try {
            return program.apply(cluster, scale);
        } finally {
            cluster.mend();
        }
    }
}
