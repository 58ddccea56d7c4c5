package im.hongyan.local.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node's metrics at one moment, parsed from Prometheus' text format. A missing metric is 0. */
record MetricsSnapshot(Map<String, Double> samples) {
    static final MetricsSnapshot NONE = new MetricsSnapshot(Map.of());

    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*(?:\\{.*})?) (\\S+)$");

    MetricsSnapshot {
        samples = Map.copyOf(samples);
    }

    static MetricsSnapshot parse(String text) {
        Map<String, Double> samples = new HashMap<>();
        for (Matcher each = SAMPLE.matcher(text); each.find(); ) {
            number(each.group(2)).ifPresent(value -> samples.put(each.group(1), value));
        }
        return new MetricsSnapshot(samples);
    }

    private static OptionalDouble number(String text) {
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    /** The sum over all labels. */
    double sum(String name) {
        return sum(name, "");
    }

    /** @param label in Prometheus' syntax, such as {@code area="heap"} */
    double sum(String name, String label) {
        return samples.entrySet().stream()
                .filter(sample ->
                        sample.getKey().equals(name) || sample.getKey().startsWith(name + "{"))
                .filter(sample -> sample.getKey().contains(label))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** The value of a label of the first sample of a metric. */
    Optional<String> label(String name, String label) {
        Pattern pattern = Pattern.compile("[{,]" + label + "=\"([^\"]*)\"");
        return samples.keySet().stream()
                .filter(sample -> sample.startsWith(name + "{"))
                .map(pattern::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .findFirst();
    }
}
