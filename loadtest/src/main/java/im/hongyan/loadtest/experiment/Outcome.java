package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.SyncStats;
import im.hongyan.loadtest.history.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** The result of a scenario: the requirements with their figures, and further measurements. */
public final class Outcome {
    private final String scenario;
    private final List<String> broken = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();

    Outcome(String scenario) {
        this.scenario = scenario;
    }

    /** Requires that a figure is at most a limit. */
    void atMost(String name, double value, double limit, String unit) {
        String said = String.format(Locale.ROOT, "%s %.4g %s (at most %.4g)", name, value, unit, limit);
        figures.add(said);
        if (!(value <= limit)) {
            broken.add(said);
        }
    }

    void must(boolean holds, String claim) {
        figures.add((holds ? "" : "NOT ") + claim);
        if (!holds) {
            broken.add(claim);
        }
    }

    void figure(String format, Object... values) {
        figures.add(String.format(Locale.ROOT, format, values));
    }

    /** Requires that the history holds, and adds the figures of the simulated users. */
    void judge(SimulatedUsers users, Verdict verdict) {
        if (!verdict.holds()) {
            broken.add(verdict.toString());
        }
        figures.add(
                0,
                (verdict.holds() ? "the history is correct: " : "THE HISTORY VIOLATES RULES: ")
                        + verdict.counts().acknowledged() + " acknowledged, "
                        + verdict.counts().observed() + " observed by "
                        + verdict.counts().clients() + " clients, "
                        + verdict.counts().unknown() + " unknown");
        must(users.checkerFindsLoss(), "the checker notices a removed entry");
        List<SyncStats> stats = users.stats();
        Histogram push = users.latencies().all();
        figure(
                "push after commit p50 %.0f ms, p99 %.0f ms, slowest %.2f s",
                push.getValueAtPercentile(50) / 1e3,
                push.getValueAtPercentile(99) / 1e3,
                users.latencies().slowestSeconds());
        figure(
                "disconnects per client %.2f, max %d",
                stats.stream().mapToLong(SyncStats::losses).average().orElse(0),
                stats.stream().mapToLong(SyncStats::losses).max().orElse(0));
        Histogram resumes = resumes(stats);
        if (resumes.getTotalCount() > 0) {
            figure(
                    "resume p50 %.2f s, p99 %.2f s, slowest %.2f s of %d clients",
                    resumes.getValueAtPercentile(50) / 1e3,
                    resumes.getValueAtPercentile(99) / 1e3,
                    resumes.getMaxValue() / 1e3,
                    resumes.getTotalCount());
        }
    }

    /** Each client's longest time to resume, in milliseconds. */
    static Histogram resumes(List<SyncStats> stats) {
        Histogram resumes = new Histogram(3);
        stats.stream()
                .filter(client -> client.losses() > 0)
                .forEach(client -> resumes.recordValue(client.maxResumeMs()));
        return resumes;
    }

    public boolean holds() {
        return broken.isEmpty();
    }

    /** One line, followed by the requirements that failed. */
    @Override
    public String toString() {
        String line =
                "scenario " + scenario + ": " + (holds() ? "HOLDS" : "BROKEN") + "; " + String.join("; ", figures);
        return broken.isEmpty() ? line : line + "\n    broken: " + String.join("\n    broken: ", broken);
    }
}
