package im.hongyan.local.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.store.StartFailure;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClusterViewTest {
    private static final String BEFORE =
            """
            # HELP hongyan_sockets Open WebSockets
            # TYPE hongyan_sockets gauge
            hongyan_sockets 3.0
            hongyan_node{boot="01m7xd4kx3frrb13rye919enjv",version="0.1.0"} 1.0
            hongyan_log_batch_size_sum 100.0
            hongyan_frames_sent_total 1000.0
            hongyan_cluster_ping_duration_seconds_count 10
            hongyan_cluster_ping_duration_seconds_sum 1.0
            process_cpu_usage NaN
            """;
    private static final String NOW =
            """
            hongyan_sockets 4.0
            hongyan_node{boot="01m7xd4kx3frrb13rye919enjv",version="0.1.0"} 1.0
            hongyan_log_batch_size_sum 150.0
            hongyan_frames_sent_total 3000.0
            hongyan_cluster_ping_duration_seconds_count 26
            hongyan_cluster_ping_duration_seconds_sum 1.0625
            process_cpu_usage 0.25
            jvm_memory_used_bytes{area="heap",id="G1 Eden Space"} 1.048576E8
            jvm_memory_used_bytes{area="heap",id="G1 Old Gen"} 1.048576E7
            jvm_memory_used_bytes{area="nonheap",id="Metaspace"} 9.9E9
            """;

    private static NodeStatus status() {
        return NodeStatus.of(NodeStatus.State.READY, MetricsSnapshot.parse(NOW), MetricsSnapshot.parse(BEFORE), 2);
    }

    @Test
    void status_twoSnapshots_hasRatesBetweenThem() {
        assertThat(status())
                .isEqualTo(new NodeStatus(NodeStatus.State.READY, "e919enjv", 4, 25, 1000, 3.90625, 0.25, 110L << 20));
    }

    @Test
    void status_firstSnapshot_hasNoRates() {
        NodeStatus first = NodeStatus.of(NodeStatus.State.READY, MetricsSnapshot.parse(NOW), MetricsSnapshot.NONE, 2);
        assertThat(first.stored()).isZero();
        assertThat(first.busMs()).isNegative();
    }

    @Test
    void status_nodeRestarted_isNotNegative() {
        NodeStatus again =
                NodeStatus.of(NodeStatus.State.READY, MetricsSnapshot.parse(BEFORE), MetricsSnapshot.parse(NOW), 2);
        assertThat(again.stored()).isZero();
        assertThat(again.sent()).isZero();
    }

    @Test
    void table_severalNodes_hasOneLineEach() {
        ClusterView view = view(status(), NodeStatus.without(NodeStatus.State.DOWN));
        String table =
                """
                  node    process   port  boot      state     sockets  stored/s    sent/s   bus lag   cpu     heap
                  node1      4711   8081  e919enjv  ready           4      25.0      1000    3.9 ms   25%   110 MB
                  node2      4712   8082            down
                """;
        assertThat(view.table()).isEqualTo(table);
        assertThat(view.total()).isEqualTo("1 of 2 nodes ready, balancer up, 4 sockets, 25.0 stored/s, 1000.0 sent/s");
    }

    @Test
    void changedSince_returnsNodesWithAnotherState() {
        ClusterView before = view(status(), NodeStatus.without(NodeStatus.State.STARTING));
        ClusterView after = view(status(), NodeStatus.without(NodeStatus.State.DOWN));
        assertThat(after.changedSince(before))
                .extracting(ClusterView.Line::name)
                .containsExactly("node2");
        assertThat(after.changedSince(after)).isEmpty();
    }

    @Test
    void screen_interrupted_restoresTerminal() throws Exception {
        StringWriter terminal = new StringWriter();
        CountDownLatch looked = new CountDownLatch(1);
        ClusterMonitor watch = new ClusterMonitor(
                () -> {
                    looked.countDown();
                    return view(status(), status());
                },
                new PrintWriter(terminal),
                List.of("  title"));
        Thread drawing = new Thread(watch::screen);
        drawing.start();
        assertThat(looked.await(60, TimeUnit.SECONDS)).isTrue();
        drawing.interrupt();
        drawing.join();
        watch.leave();
        assertThat(terminal.toString())
                .startsWith("\u001b[?1049h\u001b[?25l\u001b[H  title")
                .contains("node2")
                .endsWith("\u001b[?25h\u001b[?1049l")
                .containsOnlyOnce("\u001b[?1049l");
    }

    @Test
    void balancerConfiguration_replacesOnlyAddresses() {
        String shipped =
                """
                frontend users
                    bind :80
                backend nodes
                    balance leastconn
                    server node1 hongyan-1:8080
                    server node2 hongyan-2:8080

                resolvers dns
                """;
        assertThat(Balancer.configuration(shipped, "127.0.0.1:8080", List.of("127.0.0.1:8081")))
                .isEqualTo(
                        """
                        frontend users
                            bind 127.0.0.1:8080
                        backend nodes
                            balance leastconn
                            server node1 127.0.0.1:8081

                        resolvers dns
                        """);
        assertThatThrownBy(() -> Balancer.configuration("frontend users\n", "a", List.of("b")))
                .isInstanceOf(StartFailure.class);
    }

    private static ClusterView view(NodeStatus one, NodeStatus two) {
        return new ClusterView(
                List.of(new ClusterView.Line("node1", 4711, 8081, one), new ClusterView.Line("node2", 4712, 8082, two)),
                "up");
    }
}
