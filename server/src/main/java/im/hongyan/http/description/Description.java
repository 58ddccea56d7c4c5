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
 * The protocol's two machine-readable descriptions, put together from the tables of frames and calls, the records in
 * them, and the words in the {@code protocol.yaml} of each package that has a part in it.
 *
 * @param asyncApi the frames, as AsyncAPI 3.0
 * @param openApi the HTTP calls, as OpenAPI 3.1
 * @param problems what the words leave out or say of things that do not exist; a test holds that there are none
 */
public record Description(Map<String, Object> asyncApi, Map<String, Object> openApi, List<String> problems) {
    public static Description of(FrameRoutes routes, HttpRoutes calls, FrameCodec codec) {
        List<String> problems = new ArrayList<>();
        ProtocolDocs words = ProtocolDocs.of(neighbours(routes, calls));
        Schemas framed =
                new Schemas(words, routes.entries(), routes.contents(), routes.conversationFields(), codec, problems);
        Schemas called = new Schemas(words, Map.of(), Map.of(), Map.of(), codec, problems);
        JsonTree async = new AsyncApi(words, routes, framed, problems)
                .document(info(words, false))
                .with("x-limits", limits(words, problems));
        JsonTree open = new OpenApi(words, calls, called, problems).document(info(words, true));
        words.types().keySet().stream()
                .filter(type -> !framed.used().contains(type) && !called.used().contains(type))
                .forEach(type -> problems.add("type " + type + " is described and nowhere used"));
        checkReasons(words, problems);
        return new Description(async, open, List.copyOf(problems));
    }

    /** A class of each package that has words to say, the general ones first. */
    private static Set<Class<?>> neighbours(FrameRoutes routes, HttpRoutes calls) {
        Set<Class<?>> all = new LinkedHashSet<>();
        all.add(FrameCodec.class);
        all.add(Description.class);
        routes.table().values().forEach(route -> {
            all.add(route.body());
            all.add(route.answer());
        });
        all.addAll(routes.pushes().values());
        all.addAll(routes.entries().values());
        all.addAll(routes.contents().values());
        all.addAll(routes.conversationFields().values());
        calls.table().forEach(call -> all.add(call.body()));
        all.remove(Void.class);
        return all;
    }

    private static JsonTree info(ProtocolDocs words, boolean http) {
        String text = words.chapters().stream()
                .filter(chapter -> chapter.http() || !http)
                .sorted(Comparator.comparingInt(ProtocolDocs.Chapter::place))
                .map(chapter ->
                        "## " + chapter.title() + "\n\n" + chapter.text().strip())
                .collect(Collectors.joining("\n\n"));
        String version = Description.class.getPackage().getImplementationVersion();
        List<Object> tags = words.groups().entrySet().stream()
                .sorted(Comparator.comparingInt(group -> group.getValue().place()))
                .<Object>map(group -> JsonTree.of("name", group.getKey())
                        .with("description", group.getValue().about()))
                .toList();
        return JsonTree.of("version", version == null ? "development" : version)
                .with("description", text)
                .with("tags", tags);
    }

    private static List<Object> limits(ProtocolDocs words, List<String> problems) {
        List<Object> limits = new ArrayList<>();
        for (ProtocolDocs.Limit limit : words.limits()) {
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
                    problems.add("limit '" + limit.what() + "': there is no " + limit.constant());
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

    /** Each reason that is listed is described, and each that is described is listed or may come anywhere. */
    private static void checkReasons(ProtocolDocs words, List<String> problems) {
        Set<String> listed = new LinkedHashSet<>();
        words.groups().values().forEach(group -> {
            group.frames().values().forEach(frame -> listed.addAll(frame.refusals()));
            group.calls().values().forEach(call -> listed.addAll(call.refusals()));
        });
        words.paths().values().forEach(item -> listed.addAll(reasonsIn(item)));
        listed.stream()
                .filter(reason -> !words.reasons().containsKey(reason))
                .forEach(reason -> problems.add("reason " + reason + " is listed and not described"));
        words.reasons().forEach((name, reason) -> {
            if (!reason.anywhere() && !listed.contains(name)) {
                problems.add("reason " + name + " is described, and nothing lists it");
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
