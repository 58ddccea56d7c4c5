package im.hongyan.loadtest.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Puts each node into its own network namespace, on a bridge that has no route out of this machine. Needs Linux, root
 * and iproute2.
 *
 * <p>A cut is a neighbour entry with an unused address: packets leave and vanish, as on a broken network. A blocked
 * port is a routing rule that drops packets to and from it.
 */
final class Namespaces implements Network {
    private static final String NOBODY = "02:00:5e:00:00:01";

    private final String name;
    private final String subnet;
    private final int nodes;
    private final List<String[]> undo = new ArrayList<>();

    private Namespaces(String name, String subnet, int nodes) {
        this.name = name;
        this.subnet = subnet;
        this.nodes = nodes;
    }

    /** Whether this machine allows network namespaces. */
    static boolean areAvailable() {
        String probe = "hyp" + ProcessHandle.current().pid();
        boolean made = Commands.succeeds("ip", "netns", "add", probe);
        boolean bridged = made && Commands.succeeds("ip", "link", "add", probe, "type", "bridge");
        if (bridged) {
            Commands.succeeds("ip", "link", "del", probe);
        }
        return made && Commands.succeeds("ip", "netns", "del", probe) && bridged;
    }

    static Namespaces create(int nodes) {
        long pid = ProcessHandle.current().pid();
        // Keeps concurrent runs apart.
        Namespaces made = new Namespaces("hy" + pid, "10." + (192 + pid / 250 % 60) + "." + pid % 250 + ".", nodes);
        Runtime.getRuntime().addShutdownHook(new Thread(made::close));
        try {
            made.make();
            return made;
        } catch (ExperimentFailure e) {
            made.close();
            throw e;
        }
    }

    private void make() {
        Commands.run("ip", "link", "add", name, "type", "bridge");
        Commands.run("ip", "addr", "add", here() + "/24", "dev", name);
        Commands.run("ip", "link", "set", name, "up");
        for (int node = 1; node <= nodes; node++) {
            String space = space(node);
            Commands.run("ip", "netns", "add", space);
            Commands.run("ip", "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space);
            Commands.run("ip", "link", "set", space, "master", name, "up");
            Commands.run("ip", "-n", space, "addr", "add", host(node) + "/24", "dev", "eth0");
            Commands.run("ip", "-n", space, "link", "set", "eth0", "up");
            Commands.run("ip", "-n", space, "link", "set", "lo", "up");
        }
    }

    private String space(int node) {
        return name + "-" + node;
    }

    @Override
    public String host(int node) {
        return subnet + node;
    }

    @Override
    public String here() {
        return subnet + "254";
    }

    @Override
    public List<String> prefix(int node) {
        return List.of("ip", "netns", "exec", space(node));
    }

    @Override
    public void cut(int node, int other) {
        cutOneWay(node, other);
        cutOneWay(other, node);
    }

    private synchronized void cutOneWay(int from, int to) {
        String[] neighbour = {"ip", "-n", space(from), "neigh", "replace", host(to), "lladdr", NOBODY};
        Commands.run(with(neighbour, "nud", "permanent", "dev", "eth0"));
        undo.add(new String[] {"ip", "-n", space(from), "neigh", "del", host(to), "dev", "eth0"});
    }

    @Override
    public void block(int node, int other, int port) {
        blockOneWay(node, other, port);
        blockOneWay(other, node, port);
    }

    private synchronized void blockOneWay(int from, int to, int port) {
        for (String side : List.of("dport", "sport")) {
            String[] rule = {"to", host(to), "ipproto", "tcp", side, Integer.toString(port), "blackhole"};
            Commands.run(with(new String[] {"ip", "-n", space(from), "rule", "add"}, rule));
            undo.add(with(new String[] {"ip", "-n", space(from), "rule", "del"}, rule));
        }
    }

    private static String[] with(String[] command, String... more) {
        return IntStream.range(0, command.length + more.length)
                .mapToObj(i -> i < command.length ? command[i] : more[i - command.length])
                .toArray(String[]::new);
    }

    @Override
    public synchronized void heal() {
        undo.forEach(Commands::run);
        undo.clear();
    }

    @Override
    public void close() {
        for (int node = 1; node <= nodes; node++) {
            Commands.succeeds("ip", "netns", "del", space(node));
            // The namespace would stay as long as a process runs in it.
            Commands.succeeds("ip", "link", "del", space(node));
        }
        Commands.succeeds("ip", "link", "del", name);
    }
}
