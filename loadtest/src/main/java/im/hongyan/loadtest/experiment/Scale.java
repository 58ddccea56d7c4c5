package im.hongyan.loadtest.experiment;

import java.time.Duration;

/**
 * How much is asked of the nodes, and for how long.
 *
 * @param rate messages a second, of all together
 * @param calm of the flood before a fault, and after it
 * @param fault how long a fault lasts that ends
 * @param longFault for those that must be longer than what the nodes wait for
 * @param crowd people, where many are wanted
 * @param rounds of what is done at a random moment
 * @param kills of nodes and stores, one after the other, where money is moved
 * @param seed of what is chosen at random there
 */
public record Scale(
        int people,
        int groups,
        int groupSize,
        int rate,
        Duration calm,
        Duration fault,
        Duration longFault,
        int crowd,
        int rounds,
        int kills,
        long seed) {
    /** As the table has it. */
    public static Scale full() {
        return new Scale(
                60,
                20,
                8,
                150,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(90),
                500,
                4,
                100,
                System.nanoTime());
    }

    /** Enough to break, in seconds. */
    public static Scale brief() {
        return new Scale(
                18,
                6,
                6,
                40,
                Duration.ofSeconds(2),
                Duration.ofSeconds(12),
                Duration.ofSeconds(12),
                60,
                1,
                Money.KINDS,
                System.nanoTime());
    }

    Scale withRate(int messages) {
        return new Scale(people, groups, groupSize, messages, calm, fault, longFault, crowd, rounds, kills, seed);
    }

    Scale withPeople(int number) {
        return new Scale(number, groups, groupSize, rate, calm, fault, longFault, crowd, rounds, kills, seed);
    }

    Scale withKills(int number) {
        return new Scale(people, groups, groupSize, rate, calm, fault, longFault, crowd, rounds, number, seed);
    }

    Scale withSeed(long chosen) {
        return new Scale(people, groups, groupSize, rate, calm, fault, longFault, crowd, rounds, kills, chosen);
    }
}
