package im.hongyan.redenvelope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * The amounts of an envelope's shares, and the proof that they were not changed afterwards. They follow from a seed of
 * 32 bytes alone, so that anybody who is shown the seed can make them again; until then its digest is public.
 *
 * @param shares in fen, in the order in which they are handed out
 * @param seed secret as long as a share can be taken
 * @param parameters all else that the amounts follow from
 * @param nonce the sender's; may be empty
 */
record Split(long[] shares, byte[] seed, String parameters, String nonce) {
    static final int SEED_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** At random, each share from 1 to {@code most} fen. Needs count ≤ total ≤ count × most. */
    static Split lucky(long total, int count, long most, String nonce) {
        return lucky(total, count, most, nonce, newSeed());
    }

    static Split lucky(long total, int count, long most, String nonce, byte[] seed) {
        return new Split(luckyShares(total, count, most, seed), seed, parameters("lucky", total, count, most), nonce);
    }

    /** All the same. */
    static Split equal(long each, int count, String nonce) {
        long[] shares = new long[count];
        java.util.Arrays.fill(shares, each);
        return new Split(
                shares, newSeed(), parameters("equal", Math.multiplyExact(each, (long) count), count, each), nonce);
    }

    /** What is published when the envelope is sent: SHA-256 of seed, parameters and nonce, one after the other. */
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

    /** Ends where the nonce begins: no two pairs of parameters and nonce are the same text, one after the other. */
    private static String parameters(String rule, long total, int count, long most) {
        return "hongyan-split-2 %s total=%d count=%d min=1 max=%d nonce=".formatted(rule, total, count, most);
    }

    /**
     * The double mean: each share uniform from 1 to twice the mean of what is left, less 1; then shuffled, for
     * otherwise the later ones vary more, and with few fen the first is worth more than the mean.
     */
    private static long[] luckyShares(long total, int count, long most, byte[] seed) {
        Draws draws = new Draws(seed);
        long[] shares = new long[count];
        long left = total;
        for (int i = 0; i < count - 1; i++) {
            long others = count - i - 1L;
            // So that what is left for the others is at least 1 fen, and no more than they may hold.
            long least = Math.max(1, left - others * most);
            long twice = 2 * left / (others + 1) - 1;
            long highest = Math.max(least, Math.min(Math.min(twice, most), left - others));
            shares[i] = least + draws.below(highest - least + 1);
            left -= shares[i];
        }
        shares[count - 1] = left;
        for (int i = count - 1; i > 0; i--) {
            int j = (int) draws.below(i + 1L);
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
     * Random numbers that follow from a seed, simple enough to be made again in any language: words of 32 bits,
     * big-endian, from SHA-256(seed ‖ 0), SHA-256(seed ‖ 1), … with the counter as 32 bits, big-endian.
     */
    private static final class Draws {
        private static final long WORDS = 1L << 32;

        private final byte[] seed;
        private final MessageDigest sha = sha256();
        private int block;
        private ByteBuffer words = ByteBuffer.allocate(0);

        Draws(byte[] seed) {
            this.seed = seed;
        }

        /** Uniform from 0 to {@code bound - 1}: a word beyond the last whole multiple of the bound is drawn again. */
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
