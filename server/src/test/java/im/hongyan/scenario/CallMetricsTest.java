package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the metrics of calls count, and what they do not. */
@Timeout(120)
class CallMetricsTest {
    @RegisterExtension
    static final NodeExtension node = node();

    private static NodeExtension node() {
        NodeExtension node = new NodeExtension();
        CallScenario.SETTINGS.forEach(node::with);
        return node;
    }

    private static final String ANSWERS = "hongyan_call_answer_duration_seconds_count";
    private static final String ANSWER_SECONDS = "hongyan_call_answer_duration_seconds_sum";
    private static final String FIRST_PAIRS = "hongyan_call_first_pair_duration_seconds_count";
    private static final String MESHES = "hongyan_call_mesh_duration_seconds_count";
    private static final String RESTARTS = "hongyan_call_ice_restarts_total";
    private static final String RESUMES = "hongyan_call_resumes_total";
    private static final String LOST = "hongyan_call_lost_total";
    private static final String PARTICIPANTS = "hongyan_call_participants";

    private final Map<String, Double> before = new HashMap<>();
    private CallUser ada;
    private CallUser bob;
    private String pair;
    private String call;

    @BeforeEach
    void ring() throws Exception {
        for (String metric : List.of(ANSWERS, ANSWER_SECONDS, FIRST_PAIRS, MESHES, RESTARTS, RESUMES, LOST)) {
            before.put(metric, value(metric));
        }
        for (End end : End.values()) {
            before.put(end.metric(), value(end.metric()));
        }
        for (String pairs :
                List.of(pairs("connected", "relay"), pairs("connected", "host"), pairs("failed", "unknown"))) {
            before.put(pairs, value(pairs));
        }
        ada = new CallUser(node.user());
        bob = new CallUser(node.user());
        pair = ada.person().openWith(bob.person());
        call = ada.start(pair).get("call").asText();
        bob.rings(pair);
    }

    private static double value(String metric) throws Exception {
        return ClusterTest.metric(node.app(), metric);
    }

    /** How much the metric has grown since the test began. */
    private double growth(String metric) throws Exception {
        return value(metric) - before.get(metric);
    }

    /** The event may reach the users before it is counted. */
    private void awaitGrowth(String metric, double growth) throws Exception {
        eventually(() -> growth(metric) == growth);
    }

    private static String pairs(String outcome, String route) {
        String protocol = route.equals("unknown") ? "unknown" : "udp";
        return "hongyan_call_pairs_total{outcome=\"" + outcome + "\",protocol=\"" + protocol + "\",route=\"" + route
                + "\"}";
    }

    private static void connected(CallUser from, CallUser to, String route, int generation) throws Exception {
        from.ask(
                "call.link",
                Map.of(
                        "peer",
                        to.participant(),
                        "generation",
                        generation,
                        "state",
                        "connected",
                        "route",
                        route,
                        "protocol",
                        "udp",
                        "ms",
                        100));
    }

    private static void failed(CallUser from, CallUser to) throws Exception {
        from.ask("call.link", Map.of("peer", to.participant(), "generation", 1, "state", "failed"));
    }

    private interface Act {
        void run(CallMetricsTest test) throws Exception;
    }

    /** How a call can end, each counted with its own outcome and reason. */
    private enum End {
        COMPLETED("completed", "left", test -> {
            test.bob.accept(test.call);
            test.bob.ask("call.leave");
        }),
        FAILED("failed", "left", test -> {
            test.bob.accept(test.call);
            failed(test.ada, test.bob);
            test.bob.ask("call.leave");
        }),
        DECLINED("declined", "declined", test -> test.bob.person().ask("call.decline", Map.of("call", test.call))),
        CANCELLED("cancelled", "cancelled", test -> test.ada.ask("call.leave")),
        MISSED("missed", "timed_out", test -> {}),
        LOST_PARTICIPANT("completed", "lost", test -> {
            test.bob.accept(test.call);
            await(test.bob.person().connection().cut());
        });

        private final String outcome;
        private final String reason;

        @SuppressWarnings("ImmutableEnumChecker") // A lambda without state.
        private final Act act;

        End(String outcome, String reason, Act act) {
            this.outcome = outcome;
            this.reason = reason;
            this.act = act;
        }

        String metric() {
            return "hongyan_call_ends_total{outcome=\"" + outcome + "\",reason=\"" + reason + "\"}";
        }
    }

    @ParameterizedTest
    @EnumSource
    void callEnds_isCountedByOutcomeAndReason(End end) throws Exception {
        end.act.run(this);

        ada.ended(call);
        for (End one : End.values()) {
            awaitGrowth(one.metric(), one == end ? 1 : 0);
        }
        assertThat(growth(ANSWERS)).isEqualTo(end.outcome.matches("completed|failed") ? 1 : 0);
        assertThat(growth(LOST)).isEqualTo(end == End.LOST_PARTICIPANT ? 1 : 0);
        assertThat(value(PARTICIPANTS)).isZero();
    }

    @Test
    void busyCallee_isCounted() throws Exception {
        bob.accept(call);
        CallUser cai = new CallUser(node.user());
        String busy = "hongyan_call_ends_total{outcome=\"busy\",reason=\"busy\"}";
        double earlier = value(busy);

        cai.start(cai.person().openWith(bob.person()));
        cai.ended(cai.call());

        eventually(() -> value(busy) == earlier + 1);
        assertThat(growth(ANSWERS)).isEqualTo(1);
        assertThat(value(PARTICIPANTS)).isEqualTo(2);
        bob.ask("call.leave");
        ada.ended(call);
    }

    @Test
    void answered_ringTimeIsMeasured() throws Exception {
        long rang = System.nanoTime();
        bob.accept(call);
        ada.state(states -> "joined".equals(states.get(bob.participant())));
        awaitGrowth(ANSWERS, 1);
        assertThat(growth(ANSWER_SECONDS)).isBetween(0.0, (System.nanoTime() - rang) / 1e9 + 4);
        bob.ask("call.leave");
        ada.ended(call);
    }

    @Test
    void pairs_areCountedByOutcomeAndRoute() throws Exception {
        bob.accept(call);

        connected(ada, bob, "relay", 1);
        connected(bob, ada, "relay", 1);
        assertThat(growth(pairs("connected", "relay"))).isEqualTo(2);
        assertThat(growth(FIRST_PAIRS)).isEqualTo(2);
        assertThat(growth(MESHES)).isEqualTo(2);
        assertThat(growth(RESTARTS)).isZero();

        // After an ICE restart: a pair again, but no new participant.
        connected(ada, bob, "host", 2);
        assertThat(growth(pairs("connected", "host"))).isEqualTo(1);
        assertThat(growth(RESTARTS)).isEqualTo(1);
        assertThat(growth(FIRST_PAIRS)).isEqualTo(2);

        failed(bob, ada);
        assertThat(growth(pairs("failed", "unknown"))).isEqualTo(1);
        assertThat(growth(MESHES)).isEqualTo(2);
        bob.ask("call.leave");
        ada.ended(call);
    }

    @Test
    void resumed_isCounted_andNotLost() throws Exception {
        bob.accept(call);
        await(bob.person().connection().cut());
        ada.state(states -> "reconnecting".equals(states.get(bob.participant())));

        CallUser back = bob.otherSocket();
        back.resume();

        awaitGrowth(RESUMES, 1);
        assertThat(growth(LOST)).isZero();
        back.ask("call.leave");
        ada.ended(call);
    }

    @Test
    void refusals_areCountedByReason() throws Exception {
        String ended = "hongyan_call_refusals_total{reason=\"call.ended\"}";
        ada.ask("call.leave");
        bob.ended(call);
        double earlier = value(ended);

        bob.person().refused("call.accept", Map.of("call", call));

        eventually(() -> value(ended) == earlier + 1);
    }
}
