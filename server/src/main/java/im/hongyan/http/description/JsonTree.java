package im.hongyan.http.description;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An object of JSON, in the order in which it is written. */
@SuppressWarnings("serial") // never serialised
final class JsonTree extends LinkedHashMap<String, Object> {
    /** One more name; what is null, or a list without elements, is left out. */
    JsonTree with(String name, Object value) {
        if (value != null && !List.of().equals(value)) {
            put(name, value);
        }
        return this;
    }

    /** The object that is there under this name. */
    JsonTree in(String name) {
        return (JsonTree) get(name);
    }

    static JsonTree of(String name, Object value) {
        return new JsonTree().with(name, value);
    }

    static JsonTree ref(String path) {
        return of("$ref", path);
    }

    /** A tree of maps and lists, copied. */
    static Object copy(Object tree) {
        return cast(tree, null);
    }

    /** A copy in which each string and each name that is {@code $x} is what the cast has for {@code x}. */
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
                throw new IllegalStateException("nobody in the cast is called " + text);
            }
            return value;
        }
        return tree;
    }
}
