package im.hongyan.redenvelope;

import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisAddress;
import im.hongyan.store.redis.RedisLimits;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures the opening of envelopes alone, without sockets, frames and pushes. {@code scripts/bench-envelope} runs it
 * as a process. It uses the stores of a running node, with as many connections as a node has. Its arguments are the
 * node's data folder and the currency. Each line of its input is a command, answered with one line that begins with
 * {@code result}:
 *
 * <pre>
 * open FILE WARMUP-MS MS ROUND   users open envelopes, one after the other. Each line of FILE has a user and the
 *                                user's envelopes. If ROUND is true, they start again after the last. With 0 ms, all
 *                                are opened
 * </pre>
 */
final class OpeningBenchmark {
    private static final int PATIENCE_SECONDS = 60;
    /** Cached answers complete at once, so an opener yields the event loop after this number. */
    private static final int AT_A_STRETCH = 100;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final EnvelopeOpening opening;

    private OpeningBenchmark(PostgresAddress postgres, RedisAddress redis, String currency) throws Exception {
        ShareAllocator allocator = new ShareAllocatorStore(await(Redis.open(vertx, redis, RedisLimits.DEFAULTS)));
        EnvelopeStores stores = EnvelopeStores.of(Postgres.open(vertx, postgres, PostgresLimits.DEFAULTS), currency);
        opening = new EnvelopeOpening(
                vertx,
                stores,
                allocator,
                (envelope, shares, taken, remaining) -> {},
                new EnvelopeMetrics(registry),
                EnvelopeOpening.Timing.DEFAULT);
    }

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        OpeningBenchmark bench = new OpeningBenchmark(
                EmbeddedPostgres.running(data).orElseThrow(),
                EmbeddedRedis.running(data).orElseThrow(),
                arguments[1]);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            List<String> words = Arrays.asList(line.split(" ", -1));
            System.out.println(bench.open(words));
        }
        await(bench.vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private String open(List<String> words) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(words.get(1)));
        Run run = new Run(lines.size(), Boolean.parseBoolean(words.get(4)));
        for (String line : lines) {
            List<String> ids = Arrays.asList(line.split(" ", -1));
            List<EnvelopeId> envelopes =
                    ids.stream().skip(1).map(EnvelopeId::of).toList();
            Opener opener = new Opener(run, UserId.of(ids.get(0)), envelopes);
            opener.context.runOnContext(none -> opener.next());
        }
        return run.measure(Long.parseLong(words.get(2)), Long.parseLong(words.get(3)));
    }

    private final class Run {
        final boolean round;
        final LongAdder opened = new LongAdder();
        final LongAdder already = new LongAdder();
        final LongAdder empty = new LongAdder();
        final LongAdder other = new LongAdder();
        final CountDownLatch working;
        /** Counts down when an opener has no envelope left. */
        final CountDownLatch ended = new CountDownLatch(1);

        volatile boolean stopped;

        Run(int openers, boolean round) {
            this.round = round;
            this.working = new CountDownLatch(openers);
        }

        String measure(long warmUpMs, long ms) throws InterruptedException {
            TimeUnit.MILLISECONDS.sleep(warmUpMs);
            DistributionSummary batches =
                    registry.get("hongyan.envelope.claim_batch.size").summary();
            long before = answers();
            long batchesBefore = batches.count();
            double claimsBefore = batches.totalAmount();
            long began = System.nanoTime();
            if (ms > 0) {
                ended.await(ms, TimeUnit.MILLISECONDS);
            } else {
                awaitAll();
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            double rate = (answers() - before) / seconds;
            double batch = (batches.totalAmount() - claimsBefore) / Math.max(1, batches.count() - batchesBefore);
            stopped = true;
            awaitAll();
            return String.format(
                    Locale.ROOT,
                    "result rate=%.1f seconds=%.3f batch=%.1f opened=%d already=%d empty=%d other=%d",
                    rate,
                    seconds,
                    batch,
                    opened.sum(),
                    already.sum(),
                    empty.sum(),
                    other.sum());
        }

        private void awaitAll() throws InterruptedException {
            if (!working.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(working.getCount() + " openers have no answer");
            }
        }

        private long answers() {
            return opened.sum() + already.sum() + empty.sum() + other.sum();
        }

        void answered(Future<OpenResult> answer) {
            if (answer.failed()) {
                other.increment();
            } else if (answer.result() instanceof OpenResult.Share share) {
                (share.again() ? already : opened).increment();
            } else {
                (answer.result() instanceof OpenResult.Empty ? empty : other).increment();
            }
        }
    }

    /** A user who opens the next envelope as soon as the last one is answered. */
    private final class Opener {
        final Run run;
        final UserId user;
        final List<EnvelopeId> envelopes;
        /** A new context each, so that openers are spread over the event loops. */
        final Context context = ((VertxInternal) vertx).createEventLoopContext();

        int next;

        Opener(Run run, UserId user, List<EnvelopeId> envelopes) {
            this.run = run;
            this.user = user;
            this.envelopes = envelopes;
        }

        void next() {
            for (int i = 0; i < AT_A_STRETCH; i++) {
                if (run.stopped || (next == envelopes.size() && !run.round)) {
                    if (!run.stopped) {
                        run.ended.countDown();
                    }
                    run.working.countDown();
                    return;
                }
                EnvelopeId envelope = envelopes.get(next++ % envelopes.size());
                Future<OpenResult> answer = opening.spec(envelope).compose(spec -> opening.open(spec, user));
                if (!answer.isComplete()) {
                    answer.onComplete(done -> {
                        run.answered(answer);
                        context.runOnContext(none -> next());
                    });
                    return;
                }
                run.answered(answer);
            }
            context.runOnContext(none -> next());
        }
    }
}
