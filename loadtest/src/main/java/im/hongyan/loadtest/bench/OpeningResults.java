package im.hongyan.loadtest.bench;

import java.util.List;

/**
 * The results of a number of openings.
 *
 * @param rate answers per second in the measured time
 * @param seconds the measured time
 * @param opened shares that were given out, in the whole time
 * @param empty openings that were answered with {@code empty}
 * @param other all other answers
 * @param details further figures of the measured time
 */
record OpeningResults(double rate, double seconds, long opened, long empty, long other, List<Figure> details) {
    OpeningResults requireWinners() {
        return require(opened > 0 && empty == 0);
    }

    OpeningResults requireLosers() {
        return require(empty > 0 && opened == 0);
    }

    private OpeningResults require(boolean right) {
        if (!right || other > 0) {
            throw new BenchFailure("unexpected answers: " + opened + " users got a share, " + empty + " got `empty`, "
                    + other + " got another answer");
        }
        return this;
    }
}
