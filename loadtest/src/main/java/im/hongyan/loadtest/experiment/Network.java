package im.hongyan.loadtest.experiment;

import java.util.List;

/** What lies between the nodes. Nodes are counted from 1. Methods block. */
interface Network extends AutoCloseable {
    /** The address that a node listens on. */
    String host(int node);

    /** The address at which nodes find what listens here, and from which our clients come. */
    String here();

    /** What goes before a command so that it runs where the node is. */
    List<String> prefix(int node);

    /** From now on these two hear nothing of each other, and nobody tells them; clients and stores reach both. */
    void cut(int node, int other);

    /** As {@link #cut}, for one port of both only. */
    void block(int node, int other, int port);

    /** Undoes all of that. */
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
            // Nothing was made.
        }
    }
}
