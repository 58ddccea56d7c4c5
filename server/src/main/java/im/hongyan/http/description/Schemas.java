package im.hongyan.http.description;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Rejection;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Generates JSON Schema from records and their descriptions. Uses only what draft 07 and draft 2020-12 have in common,
 * so that AsyncAPI and OpenAPI can share it. Knows no id type: a record with a {@code JsonCreator} that takes a string
 * is a string, whose format and pattern come from its description.
 */
final class Schemas {
    /** The keywords that a description may add to what follows from the record. */
    private static final Set<String> KEYWORDS = Set.of(
            "description",
            "default",
            "enum",
            "const",
            "format",
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "minItems",
            "maxItems",
            "uniqueItems",
            "maxProperties",
            "x-max-bytes");

    /** The largest integer that JavaScript represents exactly; the protocol has no larger ones. */
    private static final long LARGEST = (1L << 53) - 1;

    private static final Map<Class<?>, JsonTree> SCALARS = Map.of(
            String.class, JsonTree.of("type", "string"),
            long.class, JsonTree.of("type", "integer").with("format", "int64").with("maximum", LARGEST),
            Long.class, JsonTree.of("type", "integer").with("format", "int64").with("maximum", LARGEST),
            int.class, JsonTree.of("type", "integer").with("format", "int32"),
            Integer.class, JsonTree.of("type", "integer").with("format", "int32"),
            double.class, JsonTree.of("type", "number").with("format", "double"),
            Double.class, JsonTree.of("type", "number").with("format", "double"),
            boolean.class, JsonTree.of("type", "boolean"),
            Boolean.class, JsonTree.of("type", "boolean"),
            Instant.class, JsonTree.of("type", "string").with("format", "date-time"));

    /** How a type is used. Requests are closed: unknown fields are rejected. Answers may grow. */
    private enum Use {
        SENT,
        ANSWERED
    }

    private final Map<String, ProtocolDocs.Type> docs;
    private final Map<String, Class<?>> kinds;
    private final Map<String, Class<?>> contentTypes;
    private final Map<String, Class<?>> conversationFields;
    private final Map<String, Object> aboutConversationFields;
    private final FrameCodec codec;
    private final List<String> problems;
    private final Map<String, String> nameOfClass = new HashMap<>();
    private final Map<String, Object> components = new TreeMap<>();
    private final Map<String, Use> uses = new HashMap<>();
    private final Set<String> used = new TreeSet<>();

    /**
     * @param kinds the records of entry contents, by kind
     * @param contentTypes the records of message contents, by type
     * @param conversationFields the records of fields that features add to conversations, by name
     * @param problems collects what is not described
     */
    Schemas(
            ProtocolDocs docs,
            Map<String, Class<?>> kinds,
            Map<String, Class<?>> contentTypes,
            Map<String, Class<?>> conversationFields,
            FrameCodec codec,
            List<String> problems) {
        this.docs = docs.types();
        this.aboutConversationFields = docs.conversationFields();
        this.conversationFields = conversationFields;
        this.kinds = kinds;
        this.contentTypes = contentTypes;
        this.codec = codec;
        this.problems = problems;
        this.docs.forEach((name, type) -> nameOfClass.put(type.record(), name));
    }

    /** The named records that were used so far. */
    Map<String, Object> components() {
        return components;
    }

    /** The names of the types that were used so far, including string types. */
    Set<String> used() {
        return used;
    }

    /** The schema of a request, which rejects unknown fields. */
    JsonTree request(String where, Class<?> record, Map<String, Object> fields) {
        return object(where, record, fields, Use.SENT).with("additionalProperties", false);
    }

    /** The schema of an answer, which allows unknown fields. */
    JsonTree answer(Class<?> record) {
        return record == Void.class
                ? JsonTree.of("type", "object").with("description", "Empty.")
                : typed(record.getName(), record, record, Use.ANSWERED);
    }

    private JsonTree object(String where, Class<?> record, Map<String, Object> fields, Use use) {
        JsonTree properties = new JsonTree();
        List<String> required = new ArrayList<>();
        Map<String, Object> undescribed = new LinkedHashMap<>(fields);
        JsonTree typeName = typeName(record);
        if (typeName != null) {
            required.add("type");
            properties.put("type", described(where + ".type", typeName, undescribed.remove("type")));
        }
        for (RecordComponent component : RecordTypes.components(record)) {
            if (component.getAccessor().isAnnotationPresent(JsonIgnore.class)
                    || component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
                continue;
            }
            String name = RecordTypes.jsonName(component);
            String here = where + "." + name;
            boolean optional = undescribed.containsKey(name + "?");
            if (optional && component.getType().isPrimitive()) {
                problems.add(here + " is always present but described as optional");
            }
            if (!optional) {
                required.add(name);
            }
            Object description = undescribed.remove(optional ? name + "?" : name);
            properties.put(name, described(here, field(here, component, use), description));
        }
        if (isExtended(record)) {
            conversationFields.forEach((name, type) -> {
                String here = where + "." + name;
                properties.put(name, described(here, typed(here, type, type, use), aboutConversationFields.get(name)));
            });
        }
        undescribed.keySet().forEach(name -> problems.add(where + " has no field '" + name + "', which is described"));
        return JsonTree.of("type", "object").with("required", required).with("properties", properties);
    }

    /** Whether features add fields to a record: conversations are the only ones. */
    private static boolean isExtended(Class<?> record) {
        return Arrays.stream(record.getDeclaredMethods())
                .anyMatch(method -> method.isAnnotationPresent(JsonAnyGetter.class));
    }

    /** The schema of the field {@code type}; null where there is none. */
    private JsonTree typeName(Class<?> type) {
        if (RecordTypes.isChosenByType(type)) {
            return JsonTree.of("type", "string").with("enum", List.copyOf(contentTypes.keySet()));
        }
        if (RecordTypes.holdsChosenByType(type)) {
            return JsonTree.of("type", "string");
        }
        return contentTypes.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(entry -> JsonTree.of("type", "string").with("const", entry.getKey()))
                .findFirst()
                .orElse(null);
    }

    private JsonTree field(String where, RecordComponent component, Use use) {
        return RecordTypes.isRaw(component)
                ? JsonTree.of("type", "object")
                : typed(where, component.getType(), component.getGenericType(), use);
    }

    /** The schema of a field: its type, with a description in a sentence or in keywords. */
    private JsonTree described(String where, JsonTree type, Object description) {
        JsonTree keywords = description instanceof Map<?, ?> map
                ? (JsonTree) JsonTree.copy(map)
                : JsonTree.of("description", description);
        if (keywords.get("description") == null) {
            problems.add(where + " is not described");
        }
        keywords.keySet().stream()
                .filter(keyword -> !KEYWORDS.contains(keyword))
                .forEach(keyword -> problems.add(where + ": '" + keyword + "' is no keyword"));
        // A character has a byte at least.
        keywords.with("maxLength", keywords.get("x-max-bytes"));
        // Draft 07 ignores what stands beside a reference.
        JsonTree whole =
                type.containsKey("$ref") ? JsonTree.of("allOf", List.of(type)) : (JsonTree) JsonTree.copy(type);
        whole.putAll(keywords);
        return whole;
    }

    private JsonTree typed(String where, Class<?> raw, Type type, Use use) {
        if (SCALARS.containsKey(raw)) {
            return SCALARS.get(raw);
        }
        if (List.class.isAssignableFrom(raw)) {
            return JsonTree.of("type", "array").with("items", argument(where, type, 0, use));
        }
        if (Map.class.isAssignableFrom(raw)) {
            return JsonTree.of("type", "object")
                    .with("propertyNames", argument(where, type, 0, use))
                    .with("additionalProperties", argument(where, type, 1, use));
        }
        if (raw.isEnum()) {
            return JsonTree.of("type", "string").with("enum", constants(raw));
        }
        if (RecordTypes.isChosenByType(raw) || (raw.isRecord() && !RecordTypes.isText(raw))) {
            return reference(where, raw, use);
        }
        return text(where, raw);
    }

    private JsonTree argument(String where, Type type, int index, Use use) {
        Type argument = ((ParameterizedType) type).getActualTypeArguments()[index];
        Class<?> raw = (Class<?>) (argument instanceof ParameterizedType generic ? generic.getRawType() : argument);
        return typed(where, raw, argument, use);
    }

    /** The JSON texts of an enum, without constants that cannot be decoded. */
    private List<String> constants(Class<?> type) {
        List<String> texts = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String json = codec.json(constant);
            try {
                codec.read(json, type);
                texts.add(codec.read(json, String.class));
            } catch (Rejection none) {
                // Internal to the server.
            }
        }
        return texts;
    }

    private JsonTree text(String where, Class<?> type) {
        JsonTree schema = JsonTree.of("type", "string");
        ProtocolDocs.Type described = typeDocs(where, type);
        schema.putAll(described.schema());
        return schema.with("description", described.about());
    }

    private JsonTree reference(String where, Class<?> record, Use use) {
        ProtocolDocs.Type described = typeDocs(where, record);
        boolean content = RecordTypes.isChosenByType(record) || contentTypes.containsValue(record);
        // The same content is closed when it is sent, and may grow when it is answered.
        String name = (content && use == Use.SENT ? "New" : "")
                + nameOfClass.getOrDefault(RecordTypes.nameOf(record), record.getSimpleName());
        Use before = uses.putIfAbsent(name, use);
        if (before == null) {
            JsonTree schema = object(name, record, described.fields(), use);
            if (use == Use.SENT && !RecordTypes.isChosenByType(record)) {
                schema.with("additionalProperties", false);
            }
            if (RecordTypes.isChosenByType(record) || RecordTypes.holdsChosenByType(record)) {
                schema.with("allOf", contentByType(use));
            } else if (Arrays.stream(record.getRecordComponents()).anyMatch(RecordTypes::isRaw)) {
                schema.with("allOf", contentByKind());
            }
            JsonTree whole = JsonTree.of("title", name).with("description", described.about());
            whole.putAll(schema);
            components.put(name, whole);
        } else if (before != use) {
            problems.add(name + " is used both in requests and in answers");
        }
        return JsonTree.ref("#/components/schemas/" + name);
    }

    /** The schema of an entry's content, by its kind. An unknown kind may have any content. */
    private List<Object> contentByKind() {
        List<Object> rules = new ArrayList<>();
        kinds.forEach((kind, content) -> {
            JsonTree present = JsonTree.of("properties", JsonTree.of("kind", JsonTree.of("const", kind)))
                    .with("not", JsonTree.of("required", List.of("recalled")));
            rules.add(JsonTree.of("if", present)
                    .with("then", JsonTree.of("properties", JsonTree.of("content", answer(content)))));
        });
        return rules;
    }

    /** What the type of a content says of its other fields; a type that is not listed says nothing. */
    private List<Object> contentByType(Use use) {
        List<Object> rules = new ArrayList<>();
        contentTypes.forEach((type, record) ->
                rules.add(JsonTree.of("if", JsonTree.of("properties", JsonTree.of("type", JsonTree.of("const", type))))
                        .with("then", reference(record.getName(), record, use))));
        return rules;
    }

    private ProtocolDocs.Type typeDocs(String where, Class<?> type) {
        String name = nameOfClass.get(RecordTypes.nameOf(type));
        if (name == null) {
            problems.add(where + ": " + RecordTypes.nameOf(type) + " is not described");
            return new ProtocolDocs.Type(RecordTypes.nameOf(type), null, null, null);
        }
        used.add(name);
        return docs.get(name);
    }
}
