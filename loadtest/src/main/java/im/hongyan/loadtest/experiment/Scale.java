package im.hongyan.loadtest.experiment;

import java.time.Duration;

/**
 * How much load the scenarios cause, and for how long.
 *
 * @param rate messages per second, of all users together
 * @param calm the time under load before and after a fault
 * @param fault the length of a temporary fault
 * @param longFault the length of a fault that must exceed the nodes' timeouts
 * @param crowd the number of users in scenarios that need many
 * @param rounds the number of repetitions at random moments
 * @param kills the number of kills of nodes and stores while users move money
 * @param seed of the random choices in that scenario
 */
public record Scale(
        int users,
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
    /** The scale of the reliability table. */
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

    /** Enough to find regressions, in seconds. */
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
                MoneyScenarios.KINDS,
                System.nanoTime());
    }

    Scale withRate(int messages) {
        return new Scale(users, groups, groupSize, messages, calm, fault, longFault, crowd, rounds, kills, seed);
    }

    Scale withUsers(int number) {
        return new Scale(number, groups, groupSize, rate, calm, fault, longFault, crowd, rounds, kills, seed);
    }

    Scale withKills(int number) {
        return new Scale(users, groups, groupSize, rate, calm, fault, longFault, crowd, rounds, number, seed);
    }

    Scale withSeed(long chosen) {
        return new Scale(users, groups, groupSize, rate, calm, fault, longFault, crowd, rounds, kills, chosen);
    }
}
