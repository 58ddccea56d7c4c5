package im.hongyan.loadtest.experiment;

import java.util.List;

/** The network between the nodes. Nodes are numbered from 1. Methods block. */
interface Network extends AutoCloseable {
    /** The address that a node listens on. */
    String host(int node);

    /** The address at which nodes find local services, and from which the clients connect. */
    String here();

    /** The prefix of a command that runs it in the node's network. */
    List<String> prefix(int node);

    /** Drops all packets between these two nodes without notice. Clients and stores still reach both. */
    void cut(int node, int other);

    /** Like {@link #cut}, for one port of both only. */
    void block(int node, int other, int port);

    /** Undoes all cuts. */
    void heal();

    @Override
    void close();

    /** All nodes on one address: nothing can be cut. */
    final class Loopback implements Network {
        @Override
        public String host(int node) {
            return "127.0.0.1";
        }

        @Override
        public String here() {
            return "127.0.0.1";
        }

        @Override
        public List<String> prefix(int node) {
            return List.of();
        }

        @Override
        public void cut(int node, int other) {
            throw new ExperimentFailure("nodes on one address cannot be cut off from each other");
        }

        @Override
        public void block(int node, int other, int port) {
            cut(node, other);
        }

        @Override
        public void heal() {
            // Nothing was cut.
        }

        @Override
        public void close() {
            // Nothing was created.
        }
    }
}
