package im.hongyan.http.description;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JSON object that keeps the order of its fields. */
@SuppressWarnings("serial") // never serialised
final class JsonTree extends LinkedHashMap<String, Object> {
    /** Adds a field, unless its value is null or an empty list. */
    JsonTree with(String name, Object value) {
        if (value != null && !List.of().equals(value)) {
            put(name, value);
        }
        return this;
    }

    /** The object in a field. */
    JsonTree in(String name) {
        return (JsonTree) get(name);
    }

    static JsonTree of(String name, Object value) {
        return new JsonTree().with(name, value);
    }

    static JsonTree ref(String path) {
        return of("$ref", path);
    }

    /** Copies a tree of maps and lists. */
    static Object copy(Object tree) {
        return cast(tree, null);
    }

    /** Copies a tree and replaces each string and name {@code $x} with the value of {@code x}. */
    static Object cast(Object tree, Map<String, String> cast) {
        if (tree instanceof Map<?, ?> map) {
            JsonTree copy = new JsonTree();
            map.forEach((name, value) -> copy.put((String) cast(name, cast), cast(value, cast)));
            return copy;
        }
        if (tree instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(value -> copy.add(cast(value, cast)));
            return copy;
        }
        if (cast != null && tree instanceof String text && text.startsWith("$")) {
            String value = cast.get(text.substring(1));
            if (value == null) {
                throw new IllegalStateException("the placeholder " + text + " has no value");
            }
            return value;
        }
        return tree;
    }
}
