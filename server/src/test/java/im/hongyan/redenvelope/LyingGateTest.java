package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.EnvelopeNode.amounts;
import static im.hongyan.redenvelope.EnvelopeNode.crowd;
import static im.hongyan.redenvelope.EnvelopeNode.sum;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.EnvelopeId;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Grab.Opened;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gate is outside of what money rests on. Whatever it answers to a crowd: nobody has two shares, no share has two owners,
 * the ledger adds up, and what people are told is what they have.
 */
class LyingGateTest {
    private static final int PEOPLE = 60;
    private static final int SHARES = 40;
    private static final long TOTAL = 100_000;
    private static final int NODES = 2;

    @RegisterExtension
    static final StoresExtension stores = EnvelopeNode.stores();

    private static EnvelopeNode node;

    @BeforeAll
    static void open() {
        node = new EnvelopeNode(stores);
    }

    @BeforeEach
    void empty() throws Exception {
        await(stores.redis().send(Request.cmd(Command.FLUSHALL)));
    }

    /** A gate that knows no reservations; what it answers is up to each. */
    private interface Liar extends Gate {
        @Override
        default Future<Void> build(Terms envelope, Map<UserId, Integer> claimed) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> settled(List<Reservation> reservations) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> release(Terms envelope, UserId user, int idx, boolean free) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> learn(Terms envelope, UserId user, int given, int real) {
            return Future.succeededFuture();
        }

        @Override
        default Future<Void> drop(EnvelopeId envelope) {
            return Future.succeededFuture();
        }

        @Override
        default Future<List<Reservation>> overdue(long ageMs) {
            return Future.succeededFuture(List.of());
        }
    }

    private static Liar always(Function<Terms, Gate.Answer> answer) {
        return (envelope, user) -> Future.succeededFuture(answer.apply(envelope));
    }

    /** The real one, of which some calls come to nothing, or are lost on the way back. */
    private static final class Fragile implements Gate {
        private final Gate real;
        private final Random random;

        Fragile(Gate real, long seed) {
            this.real = real;
            this.random = new Random(seed);
        }

        private <T> Future<T> perhaps(java.util.function.Supplier<Future<T>> call) {
            int luck;
            synchronized (random) {
                luck = random.nextInt(10);
            }
            Future<T> lost = Future.failedFuture("lost");
            return luck < 2 ? lost : luck < 4 ? call.get().compose(done -> lost) : call.get();
        }

        @Override
        public Future<Answer> take(Terms envelope, UserId user) {
            return perhaps(() -> real.take(envelope, user));
        }

        @Override
        public Future<Void> build(Terms envelope, Map<UserId, Integer> claimed) {
            return real.build(envelope, claimed);
        }

        @Override
        public Future<Void> settled(List<Reservation> reservations) {
            return perhaps(() -> real.settled(reservations));
        }

        @Override
        public Future<Void> release(Terms envelope, UserId user, int idx, boolean free) {
            return perhaps(() -> real.release(envelope, user, idx, free));
        }

        @Override
        public Future<Void> learn(Terms envelope, UserId user, int given, int truly) {
            return perhaps(() -> real.learn(envelope, user, given, truly));
        }

        @Override
        public Future<Void> drop(EnvelopeId envelope) {
            return real.drop(envelope);
        }

        @Override
        public Future<List<Reservation>> overdue(long ageMs) {
            return real.overdue(ageMs);
        }
    }

    /** The real one; from time to time all of Redis is emptied, as by a restart without its file. */
    private static Gate flushed(Gate real, int every) {
        AtomicInteger calls = new AtomicInteger();
        return new Liar() {
            @Override
            public Future<Answer> take(Terms envelope, UserId user) {
                Future<?> before = calls.incrementAndGet() % every == 0
                        ? stores.redis().send(Request.cmd(Command.FLUSHALL))
                        : Future.succeededFuture();
                return before.compose(done -> real.take(envelope, user));
            }

            @Override
            public Future<Void> build(Terms envelope, Map<UserId, Integer> claimed) {
                return real.build(envelope, claimed);
            }

            @Override
            public Future<Void> settled(List<Reservation> reservations) {
                return real.settled(reservations);
            }

            @Override
            public Future<Void> release(Terms envelope, UserId user, int idx, boolean free) {
                return real.release(envelope, user, idx, free);
            }

            @Override
            public Future<Void> learn(Terms envelope, UserId user, int given, int truly) {
                return real.learn(envelope, user, given, truly);
            }

            @Override
            public Future<List<Reservation>> overdue(long ageMs) {
                return real.overdue(ageMs);
            }
        };
    }

    /** The real one, which was put back to before anybody had anything: a replica that lagged and was promoted. */
    private static Gate stale(Gate real) {
        return new Liar() {
            @Override
            public Future<Answer> take(Terms envelope, UserId user) {
                return real.take(envelope, user);
            }

            @Override
            public Future<Void> build(Terms envelope, Map<UserId, Integer> claimed) {
                return real.build(envelope, Map.of());
            }

            @Override
            public Future<Void> release(Terms envelope, UserId user, int idx, boolean free) {
                return real.release(envelope, user, idx, free);
            }

            @Override
            public Future<Void> learn(Terms envelope, UserId user, int given, int truly) {
                return real.learn(envelope, user, given, truly);
            }
        };
    }

    private static Gate random() {
        Random random = new Random(7);
        return always(envelope -> {
            synchronized (random) {
                return new Gate.Answer.Index(random.nextInt(-2, envelope.count() + 2));
            }
        });
    }

    /** @return what it is, and the gate */
    static Stream<Arguments> gates() {
        return Stream.of(
                Arguments.of("an honest one", node.gate),
                Arguments.of("indexes at random, of shares that are not there, too", random()),
                Arguments.of("the same index for everybody", always(envelope -> new Gate.Answer.Index(3))),
                Arguments.of("no index of a share", always(envelope -> new Gate.Answer.Index(Integer.MAX_VALUE))),
                Arguments.of("never built", always(envelope -> new Gate.Answer.Unbuilt())),
                Arguments.of("always empty", always(envelope -> new Gate.Answer.Empty())),
                Arguments.of("never there", (Liar) (envelope, user) -> Future.failedFuture("away")),
                Arguments.of("fragile", new Fragile(node.gate, 11)),
                Arguments.of("flushed every 7", flushed(node.gate, 7)),
                Arguments.of("flushed every 2", flushed(node.gate, 2)),
                Arguments.of("always put back to the start", stale(node.gate)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("gates")
    void crowd_whateverTheGateSays_losesNoFenAndMakesNone(String what, Gate gate) throws Exception {
        List<UserId> people = EnvelopeNode.people(PEOPLE);
        UserId sender = people.get(0);
        node.fund(sender, TOTAL);
        String group = node.group(sender, people);
        EnvelopeId id = node.send(sender, EnvelopeNode.lucky(group, TOTAL, SHARES));
        Terms envelope = node.terms(id);
        Grab[] nodes = new Grab[NODES];
        for (int i = 0; i < NODES; i++) {
            nodes[i] = node.grab(gate);
        }

        // Each on both nodes at once, as one who has two devices.
        List<Future<Map<UserId, Opened>>> both = Stream.of(nodes)
                .map(grab -> EnvelopeNode.crowding(grab, envelope, people))
                .toList();
        List<UserId> tooLate = new ArrayList<>();
        for (Future<Map<UserId, Opened>> answers : both) {
            Map<UserId, Opened> crowd = await(answers);
            told(crowd, id);
            crowd.forEach((user, opened) -> {
                if (opened instanceof Opened.Empty) {
                    tooLate.add(user);
                }
            });
        }
        await(nodes[0].goOn(0));
        Map<UserId, Opened> again = crowd(nodes[1], envelope, people);
        told(again, id);

        Map<UserId, Long> claims = node.claims(id);
        assertThat(node.state(id).claims()).hasSameSizeAs(claims.keySet());
        assertThat(claims.keySet()).doesNotContainAnyElementsOf(tooLate);
        assertThat(node.balance(id.value())).isEqualTo(TOTAL - sum(claims));
        assertThat(claims).hasSize(SHARES);
        assertThat(sum(claims)).isEqualTo(TOTAL);
        for (UserId user : people) {
            assertThat(node.balance(user.value())).isEqualTo(claims.getOrDefault(user, 0L));
        }
        assertThat(node.wrong()).isEmpty();
    }

    /** Everybody who was promised a share has it, of that amount. */
    private static void told(Map<UserId, Opened> answers, EnvelopeId id) throws Exception {
        assertThat(node.claims(id)).containsAllEntriesOf(amounts(answers));
    }
}
