package im.hongyan.http.description;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.HttpRoutes.HttpRoute;
import im.hongyan.protocol.HttpRoutes.Method;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The HTTP calls as OpenAPI 3.1 describes them. What does not depend on the calls is in {@code openapi.yaml}. */
final class OpenApi {
    private static final Pattern PARAMETER = Pattern.compile(":([A-Za-z]+)");
    private static final String JSON = "application/json";

    private final ProtocolDocs words;
    private final HttpRoutes calls;
    private final Schemas schemas;
    private final List<String> problems;
    private final JsonTree paths = new JsonTree();

    OpenApi(ProtocolDocs words, HttpRoutes calls, Schemas schemas, List<String> problems) {
        this.words = words;
        this.calls = calls;
        this.schemas = schemas;
        this.problems = problems;
    }

    /** @param info that both documents share */
    JsonTree document(JsonTree info) {
        JsonTree document = (JsonTree) JsonTree.copy(ProtocolDocs.yaml(OpenApi.class, "openapi.yaml"));
        document.with("tags", info.remove("tags")).in("info").putAll(info);
        words.groups().forEach((group, said) -> said.calls().forEach((name, call) -> call(group, name, call)));
        for (HttpRoute<?, ?> call : calls.table()) {
            if (!paths.containsKey(path(call)) || !paths.in(path(call)).containsKey(method(call))) {
                problems.add("call " + call.method() + " " + call.path() + " is not described");
            }
        }
        words.paths().forEach((path, item) -> paths.put(path, JsonTree.copy(item)));
        JsonTree components = document.in("components");
        components.in("schemas").putAll(schemas.components());
        return document.with("paths", paths).with("components", components);
    }

    private void call(String group, String name, ProtocolDocs.Call said) {
        HttpRoute<?, ?> call = calls.table().stream()
                .filter(one -> name.equals(one.method() + " " + one.path()))
                .findFirst()
                .orElse(null);
        if (call == null) {
            problems.add("there is no call " + name + " to describe");
            return;
        }
        JsonTree fields = schemas.request(name, call.body(), said.fields());
        JsonTree operation = JsonTree.of("operationId", said.name())
                .with("summary", said.does())
                .with("description", said.about())
                .with("tags", List.of(group))
                .with("parameters", parameters(call, fields))
                .with("requestBody", body(fields, said.examples()))
                .with("responses", responses(call, said))
                .with("x-reasons", said.refusals())
                .with(
                        "x-examples",
                        said.examples().stream()
                                .map(example -> example(call, example))
                                .toList());
        // An empty list says that this call needs nothing, where all others need a token.
        operation.put("security", call.authenticated() ? List.of(JsonTree.of("bearer", new ArrayList<>())) : List.of());
        ((JsonTree) paths.computeIfAbsent(path(call), path -> new JsonTree())).put(method(call), operation);
    }

    /** Takes the fields that are in the path or the query out of those of the body. */
    private static List<Object> parameters(HttpRoute<?, ?> call, JsonTree fields) {
        Collection<?> required = (Collection<?>) fields.getOrDefault("required", List.of());
        JsonTree properties = fields.in("properties");
        List<Object> parameters = new ArrayList<>();
        for (String name : List.copyOf(properties.keySet())) {
            boolean inPath = call.path().contains(":" + name);
            if (!inPath && call.method() != Method.GET) {
                continue;
            }
            JsonTree schema = (JsonTree) properties.remove(name);
            parameters.add(JsonTree.of("name", name)
                    .with("in", inPath ? "path" : "query")
                    .with("required", required.contains(name))
                    .with("description", schema.remove("description"))
                    .with("schema", schema));
        }
        fields.with(
                "required", required.stream().filter(properties::containsKey).toList());
        return parameters;
    }

    private JsonTree body(JsonTree fields, List<ProtocolDocs.Example> examples) {
        if (fields.in("properties").isEmpty()) {
            return null;
        }
        JsonTree bodies = new JsonTree();
        examples.forEach(example -> bodies.put(example.title(), JsonTree.of("value", cast(example.request()))));
        return JsonTree.of("required", true)
                .with("content", JsonTree.of(JSON, JsonTree.of("schema", fields).with("examples", bodies)));
    }

    private JsonTree responses(HttpRoute<?, ?> call, ProtocolDocs.Call said) {
        JsonTree done = JsonTree.of("description", call.answer() == Void.class ? "Done." : "Done: the answer.");
        if (call.answer() != Void.class) {
            JsonTree examples = new JsonTree();
            said.examples().stream()
                    .filter(example -> example.refused() == null)
                    .forEach(example -> examples.put(example.title(), JsonTree.of("value", cast(example.answer()))));
            done.with(
                    "content",
                    JsonTree.of(
                            JSON,
                            JsonTree.of("schema", schemas.answer(call.answer())).with("examples", examples)));
        }
        JsonTree responses = JsonTree.of(Integer.toString(call.status()), done);
        for (ErrorKind kind : ErrorKind.values()) {
            List<String> reasons = said.refusals().stream()
                    .filter(reason -> words.reasons().containsKey(reason))
                    .filter(reason -> words.reasons().get(reason).kind().equals(kind.text()))
                    .toList();
            if (!reasons.isEmpty()) {
                responses.put(Integer.toString(kind.status()), refusal(reasons));
            }
        }
        if (call.authenticated()) {
            responses.putIfAbsent("401", JsonTree.ref("#/components/responses/unauthenticated"));
        }
        return responses.with("default", JsonTree.ref("#/components/responses/problem"));
    }

    private JsonTree refusal(List<String> reasons) {
        StringBuilder text = new StringBuilder();
        reasons.forEach(reason -> text.append("- `%s`: %s\n"
                .formatted(reason, words.reasons().get(reason).about().strip())));
        return JsonTree.of("description", text.toString())
                .with(
                        "content",
                        JsonTree.of(
                                "application/problem+json",
                                JsonTree.of("schema", JsonTree.ref("#/components/schemas/Problem"))));
    }

    private JsonTree example(HttpRoute<?, ?> call, ProtocolDocs.Example example) {
        JsonTree fields = (JsonTree) cast(example.request());
        StringBuilder path = new StringBuilder();
        Matcher parameter = PARAMETER.matcher("/api/v1" + call.path());
        while (parameter.find()) {
            parameter.appendReplacement(path, encoded(fields.remove(parameter.group(1))));
        }
        parameter.appendTail(path);
        if (call.method() == Method.GET) {
            fields.forEach((name, value) -> path.append(path.indexOf("?") < 0 ? "?" : "&")
                    .append(name)
                    .append('=')
                    .append(encoded(value)));
            fields.clear();
        }
        JsonTree request = JsonTree.of("method", call.method().name())
                .with("path", path.toString())
                .with("body", fields.isEmpty() ? null : fields);
        return JsonTree.of("title", example.title())
                .with("as", call.authenticated() ? example.as() : null)
                .with("request", request)
                .with("answer", answer(call, example))
                .with("pushes", example.pushes().stream().map(this::pushed).toList());
    }

    private JsonTree answer(HttpRoute<?, ?> call, ProtocolDocs.Example example) {
        if (example.refused() == null) {
            return JsonTree.of("status", call.status())
                    .with("body", example.answer() == null ? null : cast(example.answer()));
        }
        return JsonTree.of("status", example.refused().get("status")).with("body", cast(example.refused()));
    }

    private JsonTree pushed(ProtocolDocs.Pushed push) {
        return JsonTree.of("to", push.to())
                .with("payload", JsonTree.of("type", push.type()).with("data", cast(push.data())));
    }

    private static String path(HttpRoute<?, ?> call) {
        return PARAMETER.matcher(call.path()).replaceAll("{$1}");
    }

    private static String method(HttpRoute<?, ?> call) {
        return call.method().name().toLowerCase(Locale.ROOT);
    }

    private static String encoded(Object value) {
        return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8);
    }

    private Object cast(Object tree) {
        return JsonTree.cast(tree == null ? Map.of() : tree, words.cast());
    }
}
