package im.hongyan.statements;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What the packages say about their statements. Each package has these files in its test resources:
 *
 * <pre>
 * statements.yaml  title:      the heading of the package on the page
 *                  statements: a list; a statement may have several entries
 *                    name, pool, bound, data: the columns of the page
 *                    before:    prepares the data; not measured
 *                    sql:       replaces the %s and %d of a template, one element for each
 *                    found:     the rows that ReconciliationStore.ROWS reads; the statement runs inside that one
 *                    arguments: SQL expressions with which the statement costs most
 *                  redis:      a list of commands, the store that sends them, and what bounds them
 * statements.sql   adds the rows of the package to the data of load.sql
 * </pre>
 */
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

    /** A Redis script, or commands that cost the same. */
    record RedisCommands(String commands, String store, String bound) {}

    /** What the {@code statements.yaml} of a package describes. */
    record Section(String title, List<Described> statements, List<RedisCommands> redis) {}

    private StatementList() {}

    /** The sections by package, such as {@code im.hongyan.timeline}, in the order of the page. */
    static SortedMap<String, Section> read() {
        SortedMap<String, Section> sections = new TreeMap<>();
        for (String owner : SqlConstants.packages()) {
            find(owner, "statements.yaml").ifPresent(text -> sections.put(owner, section(text)));
        }
        return sections;
    }

    /** The scripts that load the data of the page, in their order. */
    static List<String> load() {
        List<String> scripts = new ArrayList<>(List.of(resource("load.sql")));
        SqlConstants.packages().forEach(owner -> find(owner, "statements.sql").ifPresent(scripts::add));
        return scripts;
    }

    @SuppressWarnings("unchecked")
    private static Section section(String text) {
        Map<String, Object> section =
                (Map<String, Object>) new Load(LoadSettings.builder().build()).loadFromString(text);
        return new Section(
                (String) section.get("title"),
                ((List<Map<String, Object>>) section.getOrDefault("statements", List.of()))
                        .stream().map(StatementList::described).toList(),
                ((List<Map<String, String>>) section.getOrDefault("redis", List.of()))
                        .stream()
                                .map(entry -> new RedisCommands(
                                        entry.get("commands"), entry.get("store"), entry.get("bound")))
                                .toList());
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

    /** A file of this package. */
    static String resource(String name) {
        return find(StatementList.class.getPackageName(), name)
                .orElseThrow(() -> new IllegalStateException(name + " is missing"));
    }

    private static Optional<String> find(String owner, String name) {
        try (InputStream in = StatementList.class.getResourceAsStream("/" + owner.replace('.', '/') + "/" + name)) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
