package im.hongyan.redenvelope;

import im.hongyan.redenvelope.EnvelopeModelRun.Action;
import im.hongyan.redenvelope.EnvelopeModelRun.Step;
import im.hongyan.store.StoresExtension;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random steps on two nodes have the same results as a simple model. */
@PropertyDefaults(shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
class EnvelopeModelTest {
    private static final int STEPS = 50;
    private static final StoresExtension STORES = EnvelopeNode.stores();

    private static List<EnvelopeNode> nodes;

    @BeforeContainer
    static void open() throws Exception {
        STORES.open();
        nodes = Stream.generate(() -> new EnvelopeNode(STORES))
                .limit(EnvelopeModelRun.NODES)
                .toList();
    }

    @AfterContainer
    static void close() throws Exception {
        STORES.close();
    }

    @Provide
    Arbitrary<List<Step>> runs() {
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(2, Action.SEND_DIRECT),
                Tuple.of(4, Action.SEND_LUCKY),
                Tuple.of(2, Action.SEND_EQUAL),
                Tuple.of(2, Action.SEND_EXCLUSIVE),
                Tuple.of(2, Action.RETRY),
                Tuple.of(1, Action.REUSE_CLIENT_ID),
                Tuple.of(20, Action.OPEN),
                Tuple.of(2, Action.EXPIRE),
                Tuple.of(2, Action.REFUND),
                Tuple.of(2, Action.TRANSFER),
                Tuple.of(2, Action.TOP_UP),
                Tuple.of(2, Action.JOIN),
                Tuple.of(2, Action.LEAVE),
                Tuple.of(1, Action.FLUSH_REDIS));
        int user = EnvelopeModelRun.USERS - 1;
        return Combinators.combine(
                        actions, upTo(EnvelopeModelRun.NODES - 1), upTo(user), upTo(user), upTo(3), upTo(150))
                .as(Step::new)
                .list()
                .ofMaxSize(STEPS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    /** One run for each share allocator. */
    @Provide
    Arbitrary<List<List<Step>>> runsWithEachAllocator() {
        return runs().list().ofSize(FaultyShareAllocator.values().length);
    }

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    @Property(tries = 15)
    void envelopes_randomSteps_matchModel(@ForAll("runs") List<Step> steps) throws Exception {
        new EnvelopeModelRun(STORES, nodes, FaultyShareAllocator.REAL).take(steps);
    }

    @Property(tries = 2)
    void envelopes_faultyAllocator_matchModel(@ForAll("runsWithEachAllocator") List<List<Step>> runs) throws Exception {
        Iterator<List<Step>> next = runs.iterator();
        for (FaultyShareAllocator allocator : FaultyShareAllocator.values()) {
            new EnvelopeModelRun(STORES, nodes, allocator).take(next.next());
        }
    }
}
