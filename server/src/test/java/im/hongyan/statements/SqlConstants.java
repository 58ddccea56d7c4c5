package im.hongyan.statements;

import im.hongyan.Features;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The SQL statements of the server: its constants that begin as a statement does. */
final class SqlConstants {
    private static final Pattern STATEMENT = Pattern.compile("\\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\\s[\\s\\S]*");

    /** Constants that are only used inside others. */
    private static final Set<String> PARTS = Set.of(
            "AnomalyReports.RECENT",
            "ConversationStore.VIEW",
            "LedgerStore.SENT_OF_KIND",
            "LocationStore.UNFOUNDED",
            "ReconciliationStore.ROWS",
            "SessionStore.REVOKE");

    private SqlConstants() {}

    /** @param owner the package that declares the constant */
    private record Constant(String owner, String sql) {}

    /** All statements by their names, such as {@code EntryStore.AFTER}. Some are templates with {@code %s}. */
    static Map<String, String> statements() {
        return map(Constant::sql);
    }

    /** The packages of all statements, by the names of the statements. */
    static Map<String, String> owners() {
        return map(Constant::owner);
    }

    /** All packages of the product. */
    static SortedSet<String> packages() {
        return classes().stream().map(Class::getPackageName).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The query that runs the checks of the ledger, a template. */
    static String rowsOfCheck() {
        return all().get("ReconciliationStore.ROWS").sql;
    }

    private static Map<String, String> map(Function<Constant, String> value) {
        Map<String, Constant> found = all();
        if (!found.keySet().containsAll(PARTS)) {
            throw new IllegalStateException("some of these constants do not exist: " + PARTS);
        }
        found.keySet().removeAll(PARTS);
        Map<String, String> values = new TreeMap<>();
        found.forEach((name, constant) -> values.put(name, value.apply(constant)));
        return values;
    }

    private static Map<String, Constant> all() {
        Map<String, Constant> found = new TreeMap<>();
        for (Class<?> type : classes()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getType() == String.class && Modifier.isStatic(field.getModifiers())) {
                    String text = text(field);
                    if (text != null
                            && STATEMENT.matcher(text).matches()
                            && found.put(
                                            type.getSimpleName() + "." + field.getName(),
                                            new Constant(type.getPackageName(), text))
                                    != null) {
                        throw new IllegalStateException("two classes have the name " + type.getSimpleName());
                    }
                }
            }
        }
        return found;
    }

    private static String text(Field field) {
        try {
            field.setAccessible(true);
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The classes of the product, without those that only a developer's machine runs. */
    private static List<Class<?>> classes() {
        try {
            Path root = Path.of(Features.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            try (Stream<Path> files = Files.walk(root.resolve("im/hongyan"))) {
                return files.map(file -> root.relativize(file).toString())
                        .filter(name -> name.endsWith(".class") && !name.startsWith("im/hongyan/local/"))
                        .sorted()
                        .<Class<?>>map(SqlConstants::load)
                        .toList();
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Class<?> load(String file) {
        try {
            String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
            return Class.forName(name, false, SqlConstants.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
