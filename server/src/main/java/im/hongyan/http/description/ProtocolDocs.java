package im.hongyan.http.description;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The human-written part of the protocol's description: the files {@code protocol.yaml}, each in the package of the
 * records that it describes. It does not repeat what follows from the records, such as field names and types.
 *
 * @param cast placeholders for examples, written {@code $name}, with their values
 * @param entries the meaning of each kind of entry
 * @param contents the meaning of each type of message content
 * @param conversationFields the fields that features add to a conversation: a sentence each, or keywords of JSON Schema
 * @param types the records that have a name in the description, by that name
 * @param paths OpenAPI path items for what is outside of {@code /api/v1}
 */
record ProtocolDocs(
        Map<String, String> cast,
        List<Chapter> chapters,
        Map<String, Group> groups,
        Map<String, String> entries,
        Map<String, String> contents,
        Map<String, Object> conversationFields,
        Map<String, Type> types,
        Map<String, String> kinds,
        Map<String, Reason> reasons,
        Map<String, CloseCode> closeCodes,
        List<Limit> limits,
        Map<String, Object> paths) {
    static final String FILE = "protocol.yaml";

    private static final ObjectMapper RECORDS = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    ProtocolDocs {
        cast = orEmpty(cast);
        chapters = orEmpty(chapters);
        groups = orEmpty(groups);
        entries = orEmpty(entries);
        contents = orEmpty(contents);
        conversationFields = orEmpty(conversationFields);
        types = orEmpty(types);
        kinds = orEmpty(kinds);
        reasons = orEmpty(reasons);
        closeCodes = orEmpty(closeCodes);
        limits = orEmpty(limits);
        paths = orEmpty(paths);
    }

    /** @param http whether the chapter also belongs to the OpenAPI document */
    record Chapter(int place, String title, String text, boolean http) {}

    /** Frames, pushes and routes that belong together. */
    record Group(
            int place, String about, Map<String, Frame> frames, Map<String, Push> pushes, Map<String, Route> routes) {
        Group {
            frames = orEmpty(frames);
            pushes = orEmpty(pushes);
            routes = orEmpty(routes);
        }
    }

    /**
     * A request frame.
     *
     * @param does a summary in one sentence
     * @param fields descriptions of the record's fields, as a sentence or JSON Schema keywords. A name that ends with
     *     {@code ?} is optional
     * @param refusals the reasons of errors that only some requests have
     */
    record Frame(String does, String about, Map<String, Object> fields, List<String> refusals, List<Example> examples) {
        Frame {
            fields = orEmpty(fields);
            refusals = orEmpty(refusals);
            examples = orEmpty(examples);
        }
    }

    /**
     * An HTTP route.
     *
     * @param name its operation id
     * @param headers request headers that a stream route reads, by name
     * @param responses of a stream route, by status; those of a JSON route follow from its records
     */
    record Route(
            String name,
            String does,
            String about,
            Map<String, Object> fields,
            Map<String, String> headers,
            Map<String, String> responses,
            List<String> refusals,
            List<Example> examples) {
        Route {
            fields = orEmpty(fields);
            headers = orEmpty(headers);
            responses = orEmpty(responses);
            refusals = orEmpty(refusals);
            examples = orEmpty(examples);
        }
    }

    /** @param example for a push that no request's example causes */
    record Push(String does, String about, Map<String, Object> example) {}

    /**
     * A request with exactly the answer that a node gives. The examples of one frame are sent one after the other.
     *
     * @param as the user who sends it
     * @param answer the data of the {@code ok}; null if the request fails
     * @param refused the error; null if the request succeeds
     * @param pushes the pushes that it causes, with their receivers
     */
    record Example(
            String title,
            String as,
            Map<String, Object> request,
            Map<String, Object> answer,
            Map<String, Object> refused,
            List<Pushed> pushes) {
        Example {
            as = as == null ? "ada" : as;
            request = orEmpty(request);
            pushes = orEmpty(pushes);
        }
    }

    record Pushed(List<String> to, String type, Map<String, Object> data) {}

    /**
     * @param record the class, by its name within its package
     * @param schema JSON Schema keywords for a record that is a string in JSON
     */
    record Type(String record, String about, Map<String, Object> fields, Map<String, Object> schema) {
        Type {
            fields = orEmpty(fields);
            schema = orEmpty(schema);
        }
    }

    /**
     * @param anywhere whether any request can fail with it, so that requests do not list it
     * @param fields the JSON Schemas of the error's additional fields
     */
    record Reason(String kind, String about, boolean anywhere, Map<String, Object> fields) {
        Reason {
            fields = orEmpty(fields);
        }
    }

    /** @param then what the client does: {@code reconnect} or {@code stop} */
    record CloseCode(String then, String about) {}

    /**
     * @param constant that holds the limit, as {@code package.Class.FIELD}; null if it is a setting
     * @param usually the default of the setting
     * @param production its default in production mode
     */
    record Limit(
            String what, String constant, String setting, Long usually, Long production, String unit, String about) {}

    /** Merges the files in the packages of these classes. A name may be described only once. */
    static ProtocolDocs of(Collection<Class<?>> classes) {
        ProtocolDocs all = new ProtocolDocs(
                new LinkedHashMap<>(),
                new ArrayList<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new ArrayList<>(),
                new LinkedHashMap<>());
        classes.stream()
                .collect(
                        LinkedHashMap<String, Class<?>>::new,
                        (byPackage, one) -> byPackage.putIfAbsent(one.getPackageName(), one),
                        Map::putAll)
                .values()
                .forEach(one -> all.add(read(one)));
        return all;
    }

    private void add(ProtocolDocs more) {
        join("cast", cast, more.cast);
        chapters.addAll(more.chapters);
        join("group", groups, more.groups);
        join("kind of entry", entries, more.entries);
        join("type of content", contents, more.contents);
        join("field of conversations", conversationFields, more.conversationFields);
        join("type", types, more.types);
        join("kind", kinds, more.kinds);
        join("reason", reasons, more.reasons);
        join("close code", closeCodes, more.closeCodes);
        limits.addAll(more.limits);
        join("path", paths, more.paths);
    }

    private static <T> void join(String what, Map<String, T> all, Map<String, T> more) {
        more.forEach((name, value) -> {
            if (all.putIfAbsent(name, value) != null) {
                throw new IllegalStateException(what + " '" + name + "' is described twice");
            }
        });
    }

    /** Reads the file of one package and completes its class names. A package without a file describes nothing. */
    private static ProtocolDocs read(Class<?> type) {
        Object tree = type.getResource(FILE) == null ? Map.of() : yaml(type, FILE);
        return RECORDS.convertValue(tree, ProtocolDocs.class).within(type.getPackageName());
    }

    /** Reads a YAML file of the package of a class, as maps and lists. */
    static Object yaml(Class<?> type, String name) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(type.getPackageName() + "/" + name)
                .build();
        try (InputStream file = type.getResourceAsStream(name)) {
            return new Load(settings).loadFromInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProtocolDocs within(String packageName) {
        Map<String, Type> whole = new LinkedHashMap<>();
        types.forEach((name, type) ->
                whole.put(name, new Type(packageName + "." + type.record, type.about, type.fields, type.schema)));
        return new ProtocolDocs(
                cast,
                chapters,
                groups,
                entries,
                contents,
                conversationFields,
                whole,
                kinds,
                reasons,
                closeCodes,
                limits,
                paths);
    }

    private static <K, V> Map<K, V> orEmpty(Map<K, V> map) {
        return map == null ? Map.of() : map;
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }
}
