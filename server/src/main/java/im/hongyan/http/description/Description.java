package im.hongyan.http.description;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The protocol's two machine-readable descriptions, built from the tables of frames and HTTP routes, their records, and
 * the {@code protocol.yaml} of each package that takes part.
 *
 * @param asyncApi the frames, as AsyncAPI 3.0
 * @param openApi the HTTP routes, as OpenAPI 3.1
 * @param problems what is not described, or is described but does not exist; a test requires that there are none
 */
public record Description(Map<String, Object> asyncApi, Map<String, Object> openApi, List<String> problems) {
    public static Description of(FrameRoutes frames, HttpRoutes routes, FrameCodec codec) {
        List<String> problems = new ArrayList<>();
        ProtocolDocs docs = ProtocolDocs.of(classes(frames, routes));
        Schemas frameSchemas = new Schemas(
                docs, frames.entryKinds(), frames.contentTypes(), frames.conversationFields(), codec, problems);
        Schemas routeSchemas = new Schemas(docs, Map.of(), Map.of(), Map.of(), codec, problems);
        JsonTree asyncApi = new AsyncApi(docs, frames, frameSchemas, problems)
                .document(info(docs, false))
                .with("x-limits", limits(docs, problems));
        JsonTree openApi = new OpenApi(docs, routes, routeSchemas, problems).document(info(docs, true));
        docs.types().keySet().stream()
                .filter(type -> !frameSchemas.used().contains(type)
                        && !routeSchemas.used().contains(type))
                .forEach(type -> problems.add("type " + type + " is described but not used"));
        checkReasons(docs, problems);
        return new Description(asyncApi, openApi, List.copyOf(problems));
    }

    /** A class of each package that may have a description, the general ones first. */
    private static Set<Class<?>> classes(FrameRoutes frames, HttpRoutes routes) {
        Set<Class<?>> all = new LinkedHashSet<>();
        all.add(FrameCodec.class);
        all.add(Description.class);
        frames.table().values().forEach(route -> {
            all.add(route.body());
            all.add(route.answer());
        });
        all.addAll(frames.pushes().values());
        all.addAll(frames.entryKinds().values());
        all.addAll(frames.contentTypes().values());
        all.addAll(frames.conversationFields().values());
        routes.table().forEach(route -> all.add(route.body()));
        routes.streams().forEach(route -> all.add(route.parameters()));
        all.remove(Void.class);
        return all;
    }

    private static JsonTree info(ProtocolDocs docs, boolean http) {
        String text = docs.chapters().stream()
                .filter(chapter -> chapter.http() || !http)
                .sorted(Comparator.comparingInt(ProtocolDocs.Chapter::place))
                .map(chapter ->
                        "## " + chapter.title() + "\n\n" + chapter.text().strip())
                .collect(Collectors.joining("\n\n"));
        String version = Description.class.getPackage().getImplementationVersion();
        List<Object> tags = docs.groups().entrySet().stream()
                .sorted(Comparator.comparingInt(group -> group.getValue().place()))
                .<Object>map(group -> JsonTree.of("name", group.getKey())
                        .with("description", group.getValue().about()))
                .toList();
        return JsonTree.of("version", version == null ? "development" : version)
                .with("description", text)
                .with("tags", tags);
    }

    private static List<Object> limits(ProtocolDocs docs, List<String> problems) {
        List<Object> limits = new ArrayList<>();
        for (ProtocolDocs.Limit limit : docs.limits()) {
            JsonTree row = JsonTree.of("what", limit.what())
                    .with("setting", limit.setting())
                    .with("default", limit.usually())
                    .with("production", limit.production())
                    .with("unit", limit.unit())
                    .with("description", limit.about());
            if (limit.constant() != null) {
                try {
                    row.with("value", constant(limit.constant()));
                } catch (ReflectiveOperationException e) {
                    problems.add("limit '" + limit.what() + "': the constant " + limit.constant() + " does not exist");
                }
            }
            limits.add(row);
        }
        return limits;
    }

    private static Object constant(String name) throws ReflectiveOperationException {
        int dot = name.lastIndexOf('.');
        Field field = Class.forName(name.substring(0, dot)).getDeclaredField(name.substring(dot + 1));
        field.setAccessible(true);
        return field.get(null);
    }

    /** Requires that each listed reason is described, and each described one is listed or can occur anywhere. */
    private static void checkReasons(ProtocolDocs docs, List<String> problems) {
        Set<String> listed = new LinkedHashSet<>();
        docs.groups().values().forEach(group -> {
            group.frames().values().forEach(frame -> listed.addAll(frame.refusals()));
            group.routes().values().forEach(route -> listed.addAll(route.refusals()));
        });
        docs.paths().values().forEach(item -> listed.addAll(reasonsIn(item)));
        listed.stream()
                .filter(reason -> !docs.reasons().containsKey(reason))
                .forEach(reason -> problems.add("reason " + reason + " is listed but not described"));
        docs.reasons().forEach((name, reason) -> {
            if (!reason.anywhere() && !listed.contains(name)) {
                problems.add("reason " + name + " is described but not listed");
            }
        });
    }

    private static Set<String> reasonsIn(Object tree) {
        Set<String> reasons = new LinkedHashSet<>();
        if (tree instanceof Map<?, ?> map) {
            map.forEach((name, value) -> {
                if (name.equals("x-reasons") && value instanceof List<?> list) {
                    list.forEach(reason -> reasons.add((String) reason));
                } else {
                    reasons.addAll(reasonsIn(value));
                }
            });
        }
        return reasons;
    }
}
