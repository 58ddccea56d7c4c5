package im.hongyan.loadtest.client;

import java.util.Random;

/**
 * A bad link with a random seed: frames are lost, duplicated and delayed, and the connection breaks before, between
 * and after frames. It can be healed, so that a test can check the final state. The welcome always arrives, because
 * without it there is no connection.
 */
public final class RandomFaults implements Faults {
    private final Random random;
    private final double rate;
    private final double cuts;
    private volatile boolean healed;

    /**
     * @param rate the share of frames that are dropped, duplicated or delayed, 0 to 1
     * @param cuts the share of frames at which the connection breaks, 0 to 1
     */
    public RandomFaults(long seed, double rate, double cuts) {
        if (rate < 0 || cuts < 0 || rate + cuts > 1) {
            throw new IllegalArgumentException("rates must be between 0 and 1, not " + rate + " and " + cuts);
        }
        this.random = new Random(seed);
        this.rate = rate;
        this.cuts = cuts;
    }

    /** Lets all frames pass from now on. */
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
