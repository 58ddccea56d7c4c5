package im.hongyan.statements;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What {@code statements.yaml} says about each statement. */
final class StatementList {
    /**
     * A statement with arguments that make it costly.
     *
     * @param pool the connections that run it
     * @param bound what bounds its cost
     * @param data what it is measured on; empty if one row
     * @param before prepares the data; null if nothing is needed
     * @param fill for the placeholders of a template
     * @param found for a check of the ledger, how many rows are read; null for other statements
     * @param arguments SQL expressions
     */
    record Described(
            String name,
            String pool,
            String bound,
            String data,
            String before,
            List<Object> fill,
            Integer found,
            List<String> arguments) {
        /** The statement as it is sent. */
        String sql(Map<String, String> constants) {
            String sql = Objects.requireNonNull(constants.get(name), name).formatted(fill.toArray());
            return found == null ? sql : SqlConstants.rowsOfCheck().formatted(sql, found);
        }
    }

    private StatementList() {}

    /** The statements by section, in the order of the page. */
    @SuppressWarnings("unchecked")
    static Map<String, List<Described>> read() {
        Map<String, List<Map<String, Object>>> sections = (Map<String, List<Map<String, Object>>>)
                new Load(LoadSettings.builder().build()).loadFromString(resource("statements.yaml"));
        Map<String, List<Described>> read = new LinkedHashMap<>();
        sections.forEach((title, entries) ->
                read.put(title, entries.stream().map(StatementList::described).toList()));
        return read;
    }

    @SuppressWarnings("unchecked")
    private static Described described(Map<String, Object> entry) {
        return new Described(
                (String) entry.get("name"),
                (String) entry.get("pool"),
                (String) entry.get("bound"),
                (String) entry.getOrDefault("data", ""),
                (String) entry.get("before"),
                (List<Object>) entry.getOrDefault("sql", List.of()),
                (Integer) entry.get("found"),
                (List<String>) entry.get("arguments"));
    }

    static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(StatementList.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
