package im.hongyan.redenvelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Splits are exact, within their limits, fair to each position, and reproducible. */
class SplitTest {
    private static final int SAMPLES = 20_000;
    private static final int COUNT = 10;
    private static final EnvelopeSettings LIMITS = new EnvelopeSettings(200, 100, 25, Duration.ofHours(24));

    /** The inputs of a split. */
    record Parts(long total, int count, long most) {}

    @Provide
    Arbitrary<Parts> parts() {
        return Arbitraries.integers().between(1, 100).flatMap(count -> Arbitraries.longs()
                .between(1, 100_000_000)
                .flatMap(most ->
                        Arbitraries.longs().between(count, count * most).map(total -> new Parts(total, count, most))));
    }

    /** Tight inputs: the maximum is the mean or slightly above it. */
    @Provide
    Arbitrary<Parts> tight() {
        return Arbitraries.integers()
                .between(1, 100)
                .flatMap(count -> Arbitraries.longs().between(1, 300).flatMap(most -> Arbitraries.longs()
                        .between(Math.max(count, count * most - 3), count * most)
                        .map(total -> new Parts(total, count, most))));
    }

    @Property
    void lucky_anyParts_sharesAddUpAndKeepTheirBounds(@ForAll("parts") Parts parts, @ForAll long seed) {
        check(parts, seed);
    }

    @Property
    void lucky_capNearTheMean_sharesAddUpAndKeepTheirBounds(@ForAll("tight") Parts parts, @ForAll long seed) {
        check(parts, seed);
    }

    private static void check(Parts parts, long seed) {
        Split split = Split.lucky(parts.total, parts.count, parts.most, "", seed(seed));
        assertThat(split.shares()).hasSize(parts.count);
        assertThat(Arrays.stream(split.shares()).min().orElseThrow()).isGreaterThanOrEqualTo(1);
        assertThat(Arrays.stream(split.shares()).max().orElseThrow()).isLessThanOrEqualTo(parts.most);
        assertThat(split.total()).isEqualTo(parts.total);
    }

    @Property(tries = 200)
    void lucky_sameSeed_givesSameSplit(@ForAll long seed) {
        Split split = Split.lucky(100_000, 20, 20_000, "n", seed(seed));
        Split again = Split.lucky(100_000, 20, 20_000, "n", seed(seed));
        assertThat(again.shares()).isEqualTo(split.shares());
        assertThat(again.commitment()).isEqualTo(split.commitment());
        assertThat(Split.lucky(100_000, 20, 20_000, "n", seed(seed + 1)).shares())
                .isNotEqualTo(split.shares());
    }

    @Example
    void lucky_oneShare_isTheTotal() {
        assertThat(Split.lucky(777, 1, 20_000, "", seed(1)).shares()).containsExactly(777);
    }

    @Example
    void lucky_oneFenEach_isOneFenEach() {
        assertThat(Split.lucky(100, 100, 20_000, "", seed(1)).shares()).containsOnly(1);
    }

    @Example
    void lucky_oneExtraFen_isInOneShare() {
        for (int seed = 0; seed < 50; seed++) {
            long[] shares = Split.lucky(101, 100, 20_000, "", seed(seed)).shares();
            Arrays.sort(shares);
            assertThat(shares[98]).isEqualTo(1);
            assertThat(shares[99]).isEqualTo(2);
        }
    }

    @Example
    void lucky_maximumTotal_isTheMaximumEach() {
        assertThat(Split.lucky(100 * 20_000, 100, 20_000, "", seed(1)).shares()).containsOnly(20_000);
    }

    /** Clients verify envelopes with this algorithm, so its results must never change. */
    @Example
    void lucky_recordedSeed_givesTheRecordedSharesAndCommitment() {
        byte[] seed = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        Split wide = Split.lucky(10_000, 5, 20_000, "鸿", seed);
        assertThat(wide.shares()).containsExactly(1008, 916, 3451, 3479, 1146);
        assertThat(wide.parameters()).isEqualTo("hongyan-split-2 lucky total=10000 count=5 min=1 max=20000 nonce=");
        assertThat(HexFormat.of().formatHex(wide.commitment()))
                .isEqualTo("a02520ca6edcdb7f7a120ba44e3866e24a23b47d237b429afec819f9c493901f");
        Split capped = Split.lucky(1_000, 10, 150, "", seed);
        assertThat(capped.shares()).containsExactly(147, 6, 143, 128, 38, 146, 141, 113, 88, 50);
        assertThat(HexFormat.of().formatHex(capped.commitment()))
                .isEqualTo("292722958c1435411ae2f6bb821d957a903a4f70ef1556314463dc5c16cf49bb");
    }

    @Example
    void commitment_anyChangedInput_differs() {
        byte[] commitment = Split.lucky(1_000, 3, 500, "n", seed(1)).commitment();
        assertThat(Split.lucky(1_000, 3, 500, "n", seed(2)).commitment()).isNotEqualTo(commitment);
        assertThat(Split.lucky(1_000, 3, 500, "m", seed(1)).commitment()).isNotEqualTo(commitment);
        assertThat(Split.lucky(1_001, 3, 500, "n", seed(1)).commitment()).isNotEqualTo(commitment);
        assertThat(Split.lucky(1_000, 4, 500, "n", seed(1)).commitment()).isNotEqualTo(commitment);
        assertThat(Split.lucky(1_000, 3, 501, "n", seed(1)).commitment()).isNotEqualTo(commitment);
    }

    /**
     * Within 4.5 standard errors; the seeds are fixed. With few fen, rounding errors would favour the first position.
     */
    @Example
    void lucky_everyPosition_hasTheSameMean() {
        for (Parts parts : new Parts[] {
            new Parts(100_000, COUNT, 20_000), new Parts(25, COUNT, 20_000), new Parts(1_300, COUNT, 150)
        }) {
            double[] sum = new double[COUNT];
            double squares = 0;
            for (int i = 0; i < SAMPLES; i++) {
                long[] shares = sample(parts, i);
                for (int at = 0; at < COUNT; at++) {
                    sum[at] += shares[at];
                    squares += (double) shares[at] * shares[at];
                }
            }
            double mean = (double) parts.total / COUNT;
            double deviation = Math.sqrt(squares / ((double) SAMPLES * COUNT) - mean * mean);
            for (int at = 0; at < COUNT; at++) {
                assertThat(Math.abs(sum[at] / SAMPLES - mean))
                        .as("%s at %s", parts, at)
                        .isLessThan(4.5 * deviation / Math.sqrt(SAMPLES));
            }
        }
    }

    /** χ² with nine degrees of freedom exceeds 27.88 with probability 0.1%; the seeds are fixed. */
    @Example
    void lucky_largestShare_isEquallyLikelyAtEachPosition() {
        int[] best = new int[COUNT];
        int judged = 0;
        for (int i = 0; i < SAMPLES; i++) {
            long[] shares = sample(new Parts(100_000, COUNT, 100_000), i);
            long most = Arrays.stream(shares).max().orElseThrow();
            if (Arrays.stream(shares).filter(share -> share == most).count() == 1) {
                judged++;
                for (int at = 0; at < COUNT; at++) {
                    best[at] += shares[at] == most ? 1 : 0;
                }
            }
        }
        double expected = (double) judged / COUNT;
        double chiSquare = Arrays.stream(best)
                .mapToDouble(times -> (times - expected) * (times - expected) / expected)
                .sum();
        assertThat(judged).isGreaterThan(SAMPLES * 9 / 10);
        assertThat(chiSquare).as(Arrays.toString(best)).isLessThan(27.88);
    }

    /** The amounts vary as much as those of the double-mean method. */
    @Example
    void lucky_shares_varyLikeADoubleMean() {
        long aboveMean = 0;
        long most = 0;
        for (int i = 0; i < SAMPLES; i++) {
            for (long share : sample(new Parts(10_000, COUNT, 20_000), i)) {
                aboveMean += share > 1_500 ? 1 : 0;
                most = Math.max(most, share);
            }
        }
        assertThat((double) aboveMean / SAMPLES / COUNT).isBetween(0.15, 0.35);
        assertThat(most).isGreaterThan(3_000);
    }

    @Example
    void equal_givesEqualShares() {
        Split split = Split.equal(66, 7, "");
        assertThat(split.shares()).hasSize(7).containsOnly(66);
        assertThat(split.total()).isEqualTo(7 * 66);
        assertThat(split.parameters()).isEqualTo("hongyan-split-2 equal total=462 count=7 min=1 max=66 nonce=");
    }

    @Example
    void newSeed_isUnique() {
        assertThat(Split.lucky(1_000, 3, 500, "").seed())
                .hasSize(Split.SEED_BYTES)
                .isNotEqualTo(Split.lucky(1_000, 3, 500, "").seed());
    }

    @Example
    void split_lessThanOneFenEach_isRejected() {
        refused(lucky(9L, 10), "envelope.form", "amount");
        assertThat(EnvelopeRequests.split(lucky(10L, 10), LIMITS).shares()).containsOnly(1);
    }

    @Example
    void split_moreThanMaximumOfShares_isRejected() {
        refused(lucky(2_001L, 10), "envelope.limit", "amount");
        assertThat(EnvelopeRequests.split(lucky(2_000L, 10), LIMITS).shares()).containsOnly(200);
    }

    @Example
    void split_tooManyShares_isRejected() {
        refused(lucky(5_000L, 101), "envelope.limit", "count");
        assertThat(EnvelopeRequests.split(lucky(5_000L, 100), LIMITS).shares()).hasSize(100);
    }

    @Example
    void split_equalShareTooLarge_isRejectedWithoutOverflow() {
        refused(send(EnvelopeKind.EQUAL, null, 201L, 2), "envelope.limit", "amountEach");
        refused(send(EnvelopeKind.EQUAL, null, EnvelopeFrames.MAX_FEN, 100), "envelope.limit", "amountEach");
        refused(lucky(EnvelopeFrames.MAX_FEN, 100), "envelope.limit", "amount");
        assertThat(EnvelopeRequests.split(send(EnvelopeKind.EQUAL, null, 200L, 100), LIMITS)
                        .total())
                .isEqualTo(20_000);
    }

    private static void refused(EnvelopeFrames.Send send, String reason, String field) {
        assertThatThrownBy(() -> EnvelopeRequests.split(send, LIMITS))
                .isInstanceOfSatisfying(Rejection.class, rejection -> {
                    assertThat(rejection.reason()).isEqualTo(reason);
                    assertThat(rejection.field()).isEqualTo(field);
                });
    }

    private static EnvelopeFrames.Send lucky(Long amount, Integer count) {
        return send(EnvelopeKind.LUCKY, amount, null, count);
    }

    private static EnvelopeFrames.Send send(EnvelopeKind kind, Long amount, Long each, Integer count) {
        return new EnvelopeFrames.Send(
                new ConversationId(Id.next()), "client-1", kind, amount, each, count, null, null, null);
    }

    private static long[] sample(Parts parts, int nth) {
        return Split.lucky(parts.total, parts.count, parts.most, "", seed(nth)).shares();
    }

    private static byte[] seed(long number) {
        return ByteBuffer.allocate(Split.SEED_BYTES)
                .put("a seed of these tests".getBytes(StandardCharsets.US_ASCII))
                .putLong(Split.SEED_BYTES - Long.BYTES, number)
                .array();
    }
}
