package im.hongyan.redenvelope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The amounts of an envelope's shares, with a proof that they are not changed later. The amounts are a function of the
 * seed and the parameters. A commitment to both is published when the envelope is sent, and the seed when it is closed,
 * so that anyone can verify the amounts.
 *
 * @param shares in fen, in the order in which they are handed out
 * @param seed secret as long as a share can be taken
 * @param parameters the kind of split and its inputs
 * @param nonce the sender's; may be empty
 */
record Split(long[] shares, byte[] seed, String parameters, String nonce) {
    static final int SEED_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Shares of random amounts from 1 to {@code max} fen. Requires count ≤ total ≤ count × max. */
    static Split lucky(long total, int count, long max, String nonce) {
        return lucky(total, count, max, nonce, newSeed());
    }

    static Split lucky(long total, int count, long max, String nonce, byte[] seed) {
        return new Split(luckyShares(total, count, max, seed), seed, parameters("lucky", total, count, max), nonce);
    }

    /** Shares of equal amounts. */
    static Split equal(long each, int count, String nonce) {
        long[] shares = new long[count];
        Arrays.fill(shares, each);
        return new Split(
                shares, newSeed(), parameters("equal", Math.multiplyExact(each, (long) count), count, each), nonce);
    }

    /** The SHA-256 of the seed, the parameters and the nonce, concatenated. Published when the envelope is sent. */
    byte[] commitment() {
        MessageDigest sha = sha256();
        sha.update(seed);
        sha.update(parameters.getBytes(StandardCharsets.UTF_8));
        sha.update(nonce.getBytes(StandardCharsets.UTF_8));
        return sha.digest();
    }

    long total() {
        long total = 0;
        for (long share : shares) {
            total = Math.addExact(total, share);
        }
        return total;
    }

    /** Ends with "nonce=", so that different pairs of parameters and nonce never have the same concatenation. */
    private static String parameters(String rule, long total, int count, long max) {
        return "hongyan-split-2 %s total=%d count=%d min=1 max=%d nonce=".formatted(rule, total, count, max);
    }

    /**
     * The double-mean method: each share is uniform between 1 and twice the mean of the rest, minus 1. The shares are
     * then shuffled, because later shares vary more, and because with few fen the expected value of the first is above
     * the mean.
     */
    private static long[] luckyShares(long total, int count, long max, byte[] seed) {
        RandomNumbers random = new RandomNumbers(seed);
        long[] shares = new long[count];
        long left = total;
        for (int i = 0; i < count - 1; i++) {
            long others = count - i - 1L;
            // Leaves each of the others at least 1 fen and at most max.
            long lowest = Math.max(1, left - others * max);
            long twice = 2 * left / (others + 1) - 1;
            long highest = Math.max(lowest, Math.min(Math.min(twice, max), left - others));
            shares[i] = lowest + random.below(highest - lowest + 1);
            left -= shares[i];
        }
        shares[count - 1] = left;
        for (int i = count - 1; i > 0; i--) {
            int j = (int) random.below(i + 1L);
            long share = shares[i];
            shares[i] = shares[j];
            shares[j] = share;
        }
        return shares;
    }

    private static byte[] newSeed() {
        byte[] seed = new byte[SEED_BYTES];
        RANDOM.nextBytes(seed);
        return seed;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /**
     * A deterministic random number generator that is easy to implement in any language: the 32-bit big-endian words of
     * SHA-256(seed ‖ 0), SHA-256(seed ‖ 1), …, where the counter is a 32-bit big-endian number.
     */
    private static final class RandomNumbers {
        private static final long WORDS = 1L << 32;

        private final byte[] seed;
        private final MessageDigest sha = sha256();
        private int block;
        private ByteBuffer words = ByteBuffer.allocate(0);

        RandomNumbers(byte[] seed) {
            this.seed = seed;
        }

        /** Uniform from 0 to {@code bound - 1}. Words at or above the largest multiple of the bound are skipped. */
        long below(long bound) {
            long fair = WORDS - WORDS % bound;
            long word = word();
            while (word >= fair) {
                word = word();
            }
            return word % bound;
        }

        private long word() {
            if (!words.hasRemaining()) {
                sha.update(seed);
                sha.update(ByteBuffer.allocate(4).putInt(0, block++));
                words = ByteBuffer.wrap(sha.digest());
            }
            return Integer.toUnsignedLong(words.getInt());
        }
    }
}
