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
 * What is said of the protocol to people: the files {@code protocol.yaml}, each beside the records that it speaks of.
 * What can be read off the records (names, types, who answers what) is not in them.
 *
 * @param cast placeholders of examples, written {@code $name}, and what stands for them
 * @param entries kinds of entry and what each means
 * @param contents types of message content and what each is
 * @param conversationFields what features add to a conversation: a sentence each, or keywords of JSON Schema
 * @param types records with a name of their own, by that name
 * @param paths OpenAPI's path items of what is no call under {@code /api/v1}
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

    /** @param http whether it matters to those who only use HTTP, too */
    record Chapter(int place, String title, String text, boolean http) {}

    /** What belongs together on the page. */
    record Group(
            int place, String about, Map<String, Frame> frames, Map<String, Push> pushes, Map<String, Call> calls) {
        Group {
            frames = orEmpty(frames);
            pushes = orEmpty(pushes);
            calls = orEmpty(calls);
        }
    }

    /**
     * A request.
     *
     * @param does one sentence
     * @param fields of its record; a name that ends in {@code ?} is optional. A sentence, or keywords of JSON Schema
     * @param refusals reasons of its own
     */
    record Frame(String does, String about, Map<String, Object> fields, List<String> refusals, List<Example> examples) {
        Frame {
            fields = orEmpty(fields);
            refusals = orEmpty(refusals);
            examples = orEmpty(examples);
        }
    }

    /** @param name its operation id */
    record Call(
            String name,
            String does,
            String about,
            Map<String, Object> fields,
            List<String> refusals,
            List<Example> examples) {
        Call {
            fields = orEmpty(fields);
            refusals = orEmpty(refusals);
            examples = orEmpty(examples);
        }
    }

    /** @param example for pushes that no request's example leads to */
    record Push(String does, String about, Map<String, Object> example) {}

    /**
     * A request that a node answers just so. Those of one frame are asked one after the other.
     *
     * @param as who asks
     * @param answer what the {@code ok} carries; null if it is refused
     * @param pushes what comes of it to whom
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
     * @param record name of the class, as it stands in its package
     * @param schema keywords for a record that is a mere string in JSON
     */
    record Type(String record, String about, Map<String, Object> fields, Map<String, Object> schema) {
        Type {
            fields = orEmpty(fields);
            schema = orEmpty(schema);
        }
    }

    /** @param anywhere whether any request may meet it, so that none lists it */
    record Reason(String kind, String about, boolean anywhere) {}

    /** @param then what a client does: {@code reconnect} or {@code stop} */
    record CloseCode(String then, String about) {}

    /**
     * @param constant that holds it, as {@code package.Class.FIELD}; null if it is a setting
     * @param usually the setting's default, and {@code production} that of production mode
     */
    record Limit(
            String what, String constant, String setting, Long usually, Long production, String unit, String about) {}

    /** All that the packages of these classes say, as one; the same name twice is refused. */
    static ProtocolDocs of(Collection<Class<?>> neighbours) {
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
        neighbours.stream()
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

    /** The words of one package, with the names of its classes made whole; none if it has no file. */
    private static ProtocolDocs read(Class<?> neighbour) {
        Object tree = neighbour.getResource(FILE) == null ? Map.of() : yaml(neighbour, FILE);
        return RECORDS.convertValue(tree, ProtocolDocs.class).within(neighbour.getPackageName());
    }

    /** A file of YAML beside a class, as maps and lists. */
    static Object yaml(Class<?> neighbour, String name) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(neighbour.getPackageName() + "/" + name)
                .build();
        try (InputStream file = neighbour.getResourceAsStream(name)) {
            return new Load(settings).loadFromInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProtocolDocs within(String folder) {
        Map<String, Type> whole = new LinkedHashMap<>();
        types.forEach((name, type) ->
                whole.put(name, new Type(folder + "." + type.record, type.about, type.fields, type.schema)));
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
