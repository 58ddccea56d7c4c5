package im.hongyan.http.description;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.HttpRoutes.HttpRoute;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.HttpRoutes.StreamRoute;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The HTTP routes as an OpenAPI 3.1 document. Its fixed parts are in {@code openapi.yaml}. */
final class OpenApi {
    private static final Pattern PARAMETER = Pattern.compile(":([A-Za-z]+)");
    private static final String JSON = "application/json";

    private final ProtocolDocs docs;
    private final HttpRoutes routes;
    private final Schemas schemas;
    private final List<String> problems;
    private final JsonTree paths = new JsonTree();

    OpenApi(ProtocolDocs docs, HttpRoutes routes, Schemas schemas, List<String> problems) {
        this.docs = docs;
        this.routes = routes;
        this.schemas = schemas;
        this.problems = problems;
    }

    /** @param info the part that both documents share */
    JsonTree document(JsonTree info) {
        JsonTree document = (JsonTree) JsonTree.copy(ProtocolDocs.yaml(OpenApi.class, "openapi.yaml"));
        document.with("tags", info.remove("tags")).in("info").putAll(info);
        docs.groups()
                .forEach((group, described) ->
                        described.routes().forEach((name, route) -> describe(group, name, route)));
        for (HttpRoute<?, ?> route : routes.table()) {
            checkDescribed(route.method(), route.path());
        }
        for (StreamRoute<?> route : routes.streams()) {
            checkDescribed(route.method(), route.path());
        }
        docs.paths().forEach((path, item) -> paths.put(path, JsonTree.copy(item)));
        JsonTree components = document.in("components");
        components.in("schemas").putAll(schemas.components());
        return document.with("paths", paths).with("components", components);
    }

    private void checkDescribed(Method method, String path) {
        JsonTree item = (JsonTree) paths.get(path(path));
        if (item == null || !item.containsKey(key(method))) {
            problems.add("route " + method + " " + path + " is not described");
        }
    }

    private void describe(String group, String name, ProtocolDocs.Route description) {
        for (HttpRoute<?, ?> route : routes.table()) {
            if (name.equals(route.method() + " " + route.path())) {
                describe(group, route, description);
                return;
            }
        }
        for (StreamRoute<?> route : routes.streams()) {
            if (name.equals(route.method() + " " + route.path())) {
                describe(group, route, description);
                return;
            }
        }
        problems.add("route " + name + " is described but does not exist");
    }

    private void describe(String group, HttpRoute<?, ?> route, ProtocolDocs.Route description) {
        JsonTree fields = schemas.request(route.method() + " " + route.path(), route.body(), description.fields());
        JsonTree operation = operation(group, description)
                .with("parameters", parameters(route.path(), route.method() == Method.GET, fields))
                .with("requestBody", body(fields, description.examples()))
                .with("responses", responses(route, description))
                .with("x-reasons", description.refusals())
                .with(
                        "x-examples",
                        description.examples().stream()
                                .map(example -> example(route, example))
                                .toList());
        add(route.method(), route.path(), route.authenticated(), operation);
    }

    private void describe(String group, StreamRoute<?> route, ProtocolDocs.Route description) {
        String name = route.method() + " " + route.path();
        JsonTree fields = schemas.request(name, route.parameters(), description.fields());
        List<Object> parameters = parameters(route.path(), true, fields);
        description
                .headers()
                .forEach((header, about) -> parameters.add(JsonTree.of("name", header)
                        .with("in", "header")
                        .with("description", about)
                        .with("schema", JsonTree.of("type", "string"))));
        JsonTree responses = new JsonTree();
        description
                .responses()
                .forEach((status, about) -> responses.put(
                        status, JsonTree.of("description", about).with("content", streamed(route, status))));
        if (responses.isEmpty()) {
            problems.add("route " + name + " has no described response");
        }
        JsonTree operation = operation(group, description)
                .with("parameters", parameters)
                .with(
                        "requestBody",
                        body(route.content().request(), route.limits().maxBodyBytes()))
                .with("responses", withErrors(responses, route.authenticated(), description))
                .with("x-reasons", description.refusals());
        add(route.method(), route.path(), route.authenticated(), operation);
    }

    private static JsonTree operation(String group, ProtocolDocs.Route description) {
        return JsonTree.of("operationId", description.name())
                .with("summary", description.does())
                .with("description", description.about())
                .with("tags", List.of(group));
    }

    private void add(Method method, String path, boolean authenticated, JsonTree operation) {
        // An empty list says that this operation needs nothing, while all others need a token.
        operation.put("security", authenticated ? List.of(Map.of("bearer", List.of())) : List.of());
        ((JsonTree) paths.computeIfAbsent(path(path), one -> new JsonTree())).put(key(method), operation);
    }

    /** The content of a successful response: of the declared types, none of which has a schema but JSON. */
    private JsonTree streamed(StreamRoute<?> route, String status) {
        if (!status.startsWith("2") || status.equals("204")) {
            return null;
        }
        JsonTree content = new JsonTree();
        route.content()
                .response()
                .forEach(type -> content.put(type, schema(type, route.content().json())));
        return content.isEmpty() ? null : content;
    }

    private JsonTree schema(String type, Class<?> json) {
        return type.equals(JSON) && json != Void.class ? JsonTree.of("schema", schemas.answer(json)) : new JsonTree();
    }

    private static JsonTree body(List<String> types, long maxBytes) {
        if (types.isEmpty()) {
            return null;
        }
        JsonTree content = new JsonTree();
        types.forEach(type -> content.put(type, new JsonTree()));
        return JsonTree.of("required", true)
                .with("description", "At most " + maxBytes + " bytes.")
                .with("content", content);
    }

    /** Moves the fields that belong into the path or the query out of those of the body. */
    private static List<Object> parameters(String path, boolean query, JsonTree fields) {
        Collection<?> required = (Collection<?>) fields.getOrDefault("required", List.of());
        JsonTree properties = fields.in("properties");
        List<Object> parameters = new ArrayList<>();
        for (String name : List.copyOf(properties.keySet())) {
            boolean inPath = path.contains(":" + name);
            if (!inPath && !query) {
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

    private JsonTree responses(HttpRoute<?, ?> route, ProtocolDocs.Route description) {
        JsonTree done = JsonTree.of("description", "Success.");
        if (route.answer() != Void.class) {
            JsonTree examples = new JsonTree();
            description.examples().stream()
                    .filter(example -> example.refused() == null)
                    .forEach(example -> examples.put(example.title(), JsonTree.of("value", cast(example.answer()))));
            done.with(
                    "content",
                    JsonTree.of(
                            JSON,
                            JsonTree.of("schema", schemas.answer(route.answer()))
                                    .with("examples", examples)));
        }
        return withErrors(JsonTree.of(Integer.toString(route.status()), done), route.authenticated(), description);
    }

    private JsonTree withErrors(JsonTree responses, boolean authenticated, ProtocolDocs.Route description) {
        for (ErrorKind kind : ErrorKind.values()) {
            List<String> reasons = description.refusals().stream()
                    .filter(reason -> docs.reasons().containsKey(reason))
                    .filter(reason -> docs.reasons().get(reason).kind().equals(kind.text()))
                    .toList();
            if (!reasons.isEmpty()) {
                responses.put(Integer.toString(kind.status()), refusal(reasons));
            }
        }
        if (authenticated) {
            responses.putIfAbsent("401", JsonTree.ref("#/components/responses/unauthenticated"));
        }
        return responses.with("default", JsonTree.ref("#/components/responses/problem"));
    }

    private JsonTree refusal(List<String> reasons) {
        StringBuilder text = new StringBuilder();
        reasons.forEach(reason -> text.append("- `%s`: %s\n"
                .formatted(reason, docs.reasons().get(reason).about().strip())));
        return JsonTree.of("description", text.toString())
                .with(
                        "content",
                        JsonTree.of(
                                "application/problem+json",
                                JsonTree.of("schema", JsonTree.ref("#/components/schemas/Problem"))));
    }

    private JsonTree example(HttpRoute<?, ?> route, ProtocolDocs.Example example) {
        JsonTree fields = (JsonTree) cast(example.request());
        StringBuilder path = new StringBuilder();
        Matcher parameter = PARAMETER.matcher("/api/v1" + route.path());
        while (parameter.find()) {
            parameter.appendReplacement(path, encoded(fields.remove(parameter.group(1))));
        }
        parameter.appendTail(path);
        if (route.method() == Method.GET) {
            fields.forEach((name, value) -> path.append(path.indexOf("?") < 0 ? "?" : "&")
                    .append(name)
                    .append('=')
                    .append(encoded(value)));
            fields.clear();
        }
        JsonTree request = JsonTree.of("method", route.method().name())
                .with("path", path.toString())
                .with("body", fields.isEmpty() ? null : fields);
        return JsonTree.of("title", example.title())
                .with("as", route.authenticated() ? example.as() : null)
                .with("request", request)
                .with("answer", answer(route, example))
                .with("pushes", example.pushes().stream().map(this::pushed).toList());
    }

    private JsonTree answer(HttpRoute<?, ?> route, ProtocolDocs.Example example) {
        if (example.refused() == null) {
            return JsonTree.of("status", route.status())
                    .with("body", example.answer() == null ? null : cast(example.answer()));
        }
        return JsonTree.of("status", example.refused().get("status")).with("body", cast(example.refused()));
    }

    private JsonTree pushed(ProtocolDocs.Pushed push) {
        return JsonTree.of("to", push.to())
                .with("payload", JsonTree.of("type", push.type()).with("data", cast(push.data())));
    }

    private static String path(String path) {
        return PARAMETER.matcher(path).replaceAll("{$1}");
    }

    private static String key(Method method) {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private static String encoded(Object value) {
        return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8);
    }

    private Object cast(Object tree) {
        return JsonTree.cast(tree == null ? Map.of() : tree, docs.cast());
    }
}
