package im.hongyan.loadtest.client;

import java.util.Random;

/**
 * A bad link from a seed: frames are lost, doubled and late, and the connection breaks before, between and after. Can be
 * healed, so that a test can ask what the end is. The welcome always arrives: without it there is no connection.
 */
public final class RandomFaults implements Faults {
    private final Random random;
    private final double rate;
    private final double cuts;
    private volatile boolean healed;

    /**
     * @param rate of frames that are dropped, doubled or late, 0 to 1
     * @param cuts of frames at which the connection breaks, 0 to 1
     */
    public RandomFaults(long seed, double rate, double cuts) {
        if (rate < 0 || cuts < 0 || rate + cuts > 1) {
            throw new IllegalArgumentException("rates are parts of 1, not " + rate + " and " + cuts);
        }
        this.random = new Random(seed);
        this.rate = rate;
        this.cuts = cuts;
    }

    /** From now on all frames pass. */
    public void heal() {
        healed = true;
    }

    @Override
    public Fate outbound(String type) {
        return fate();
    }

    @Override
    public Fate inbound(String type) {
        return type.equals("welcome") ? Fate.PASS : fate();
    }

    private synchronized Fate fate() {
        if (healed) {
            return Fate.PASS;
        }
        double dice = random.nextDouble();
        if (dice < cuts) {
            return random.nextBoolean() ? Fate.CUT_BEFORE : Fate.CUT_AFTER;
        }
        if (dice < cuts + rate) {
            return switch (random.nextInt(3)) {
                case 0 -> Fate.DROP;
                case 1 -> Fate.DUPLICATE;
                default -> Fate.LATE;
            };
        }
        return Fate.PASS;
    }
}
