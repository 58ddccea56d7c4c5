package im.hongyan.loadtest.bench;

import java.util.List;

/**
 * What became of openings.
 *
 * @param rate answers a second, in the time that counts
 * @param seconds of that time
 * @param opened shares that were given out, of all the time
 * @param empty who were told that nothing is left
 * @param other anything else
 * @param details more figures of the time that counts
 */
record Opened(double rate, double seconds, long opened, long empty, long other, List<Figure> details) {
    Opened requireWinners() {
        return require(opened > 0 && empty == 0);
    }

    Opened requireLosers() {
        return require(empty > 0 && opened == 0);
    }

    private Opened require(boolean right) {
        if (!right || other > 0) {
            throw new BenchFailure("not what was to be measured: " + opened + " were given a share, " + empty
                    + " were told that nothing is left, " + other + " something else");
        }
        return this;
    }
}
