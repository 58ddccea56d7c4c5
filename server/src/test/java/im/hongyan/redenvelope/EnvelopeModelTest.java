package im.hongyan.redenvelope;

import im.hongyan.redenvelope.EnvelopePlay.Deed;
import im.hongyan.redenvelope.EnvelopePlay.Step;
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

/** Whatever people do with envelopes, in whatever order, on whichever node: it comes out as in the model. */
@PropertyDefaults(shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
class EnvelopeModelTest {
    private static final int STEPS = 50;
    private static final StoresExtension STORES = EnvelopeNode.stores();

    private static List<EnvelopeNode> nodes;

    @BeforeContainer
    static void open() throws Exception {
        STORES.open();
        nodes = Stream.generate(() -> new EnvelopeNode(STORES))
                .limit(EnvelopePlay.NODES)
                .toList();
    }

    @AfterContainer
    static void close() throws Exception {
        STORES.close();
    }

    @Provide
    Arbitrary<List<Step>> plays() {
        Arbitrary<Deed> deeds = Arbitraries.frequency(
                Tuple.of(2, Deed.SEND_DIRECT),
                Tuple.of(4, Deed.SEND_LUCKY),
                Tuple.of(2, Deed.SEND_EQUAL),
                Tuple.of(2, Deed.SEND_EXCLUSIVE),
                Tuple.of(2, Deed.ASK_AGAIN),
                Tuple.of(1, Deed.ASK_FOR_MORE),
                Tuple.of(20, Deed.OPEN),
                Tuple.of(2, Deed.TIME_PASSES),
                Tuple.of(2, Deed.SETTLE),
                Tuple.of(2, Deed.TRANSFER),
                Tuple.of(2, Deed.TOP_UP),
                Tuple.of(2, Deed.JOIN),
                Tuple.of(2, Deed.LEAVE),
                Tuple.of(1, Deed.REDIS_FORGETS));
        int person = EnvelopePlay.PEOPLE - 1;
        return Combinators.combine(deeds, upTo(EnvelopePlay.NODES - 1), upTo(person), upTo(person), upTo(3), upTo(150))
                .as(Step::new)
                .list()
                .ofMaxSize(STEPS)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    /** One for each gate. */
    @Provide
    Arbitrary<List<List<Step>>> playsAtEachGate() {
        return plays().list().ofSize(FaultyShareAllocator.values().length);
    }

    private static Arbitrary<Integer> upTo(int most) {
        return Arbitraries.integers().between(0, most).withDistribution(RandomDistribution.uniform());
    }

    @Property(tries = 15)
    void envelopes_doAsTheirModel(@ForAll("plays") List<Step> steps) throws Exception {
        new EnvelopePlay(STORES, nodes, FaultyShareAllocator.HONEST).take(steps);
    }

    @Property(tries = 2)
    void envelopes_whateverTheGateSays_doAsTheirModel(@ForAll("playsAtEachGate") List<List<Step>> plays)
            throws Exception {
        Iterator<List<Step>> next = plays.iterator();
        for (FaultyShareAllocator gate : FaultyShareAllocator.values()) {
            new EnvelopePlay(STORES, nodes, gate).take(next.next());
        }
    }
}
