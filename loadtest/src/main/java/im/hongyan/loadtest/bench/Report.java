package im.hongyan.loadtest.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The figures of all rounds of one or several systems: a table of medians, and one line of JSON per system. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NAME_WIDTH = 44;
    private static final int VALUE_WIDTH = 20;

    /** Each figure's values in the order of the rounds. */
    private final Map<String, Map<String, List<Figure>>> bySystem = new LinkedHashMap<>();

    void add(String system, Collection<Figure> figures) {
        Map<String, List<Figure>> rounds = bySystem.computeIfAbsent(system, name -> new LinkedHashMap<>());
        figures.forEach(figure ->
                rounds.computeIfAbsent(figure.name(), name -> new ArrayList<>()).add(figure));
    }

    void print(PrintStream out) {
        out.println();
        out.print(pad("median", NAME_WIDTH));
        bySystem.keySet().forEach(system -> out.print(left(system, VALUE_WIDTH)));
        out.println();
        for (String name : names()) {
            out.print(pad(name, NAME_WIDTH));
            for (Map<String, List<Figure>> figures : bySystem.values()) {
                List<Figure> rounds = figures.get(name);
                out.print(left(rounds == null ? "-" : median(rounds).shown(), VALUE_WIDTH));
            }
            out.println();
        }
        out.println();
        bySystem.forEach((system, figures) -> figures.values().forEach(rounds -> out.println(json(system, rounds))));
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        bySystem.values().forEach(figures -> names.addAll(figures.keySet()));
        return names;
    }

    private static String json(String system, List<Figure> rounds) {
        Figure median = median(rounds);
        ObjectNode line = JSON.createObjectNode().put("system", system).put("figure", median.name());
        line.put("unit", median.unit()).put("median", rounded(median.value()));
        ArrayNode values = line.putArray("rounds");
        rounds.forEach(figure -> values.add(rounded(figure.value())));
        return line.toString();
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    static Figure median(List<Figure> rounds) {
        double[] sorted = rounds.stream().mapToDouble(Figure::value).sorted().toArray();
        int middle = sorted.length / 2;
        double value = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Figure(rounds.get(0).name(), rounds.get(0).unit(), value);
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }

    private static String left(String text, int width) {
        return " ".repeat(Math.max(1, width - text.length())) + text;
    }
}
