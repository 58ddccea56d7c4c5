package im.hongyan.http.description;

import im.hongyan.protocol.Calls;
import im.hongyan.protocol.Calls.Call;
import im.hongyan.protocol.Calls.Method;
import im.hongyan.protocol.Kind;
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

    private final Words words;
    private final Calls calls;
    private final Schemas schemas;
    private final List<String> problems;
    private final Tree paths = new Tree();

    OpenApi(Words words, Calls calls, Schemas schemas, List<String> problems) {
        this.words = words;
        this.calls = calls;
        this.schemas = schemas;
        this.problems = problems;
    }

    /** @param info that both documents share */
    Tree document(Tree info) {
        Tree document = (Tree) Tree.copy(Words.yaml(OpenApi.class, "openapi.yaml"));
        document.with("tags", info.remove("tags")).in("info").putAll(info);
        words.groups().forEach((group, said) -> said.calls().forEach((name, call) -> call(group, name, call)));
        for (Call<?, ?> call : calls.table()) {
            if (!paths.containsKey(path(call)) || !paths.in(path(call)).containsKey(method(call))) {
                problems.add("call " + call.method() + " " + call.path() + " is not described");
            }
        }
        words.paths().forEach((path, item) -> paths.put(path, Tree.copy(item)));
        Tree components = document.in("components");
        components.in("schemas").putAll(schemas.components());
        return document.with("paths", paths).with("components", components);
    }

    private void call(String group, String name, Words.Call said) {
        Call<?, ?> call = calls.table().stream()
                .filter(one -> name.equals(one.method() + " " + one.path()))
                .findFirst()
                .orElse(null);
        if (call == null) {
            problems.add("there is no call " + name + " to describe");
            return;
        }
        Tree fields = schemas.request(name, call.body(), said.fields());
        Tree operation = Tree.of("operationId", said.name())
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
        operation.put("security", call.authenticated() ? List.of(Tree.of("bearer", new ArrayList<>())) : List.of());
        ((Tree) paths.computeIfAbsent(path(call), path -> new Tree())).put(method(call), operation);
    }

    /** Takes the fields that are in the path or the query out of those of the body. */
    private static List<Object> parameters(Call<?, ?> call, Tree fields) {
        Collection<?> required = (Collection<?>) fields.getOrDefault("required", List.of());
        Tree properties = fields.in("properties");
        List<Object> parameters = new ArrayList<>();
        for (String name : List.copyOf(properties.keySet())) {
            boolean inPath = call.path().contains(":" + name);
            if (!inPath && call.method() != Method.GET) {
                continue;
            }
            Tree schema = (Tree) properties.remove(name);
            parameters.add(Tree.of("name", name)
                    .with("in", inPath ? "path" : "query")
                    .with("required", required.contains(name))
                    .with("description", schema.remove("description"))
                    .with("schema", schema));
        }
        fields.with(
                "required", required.stream().filter(properties::containsKey).toList());
        return parameters;
    }

    private Tree body(Tree fields, List<Words.Example> examples) {
        if (fields.in("properties").isEmpty()) {
            return null;
        }
        Tree bodies = new Tree();
        examples.forEach(example -> bodies.put(example.title(), Tree.of("value", cast(example.request()))));
        return Tree.of("required", true)
                .with("content", Tree.of(JSON, Tree.of("schema", fields).with("examples", bodies)));
    }

    private Tree responses(Call<?, ?> call, Words.Call said) {
        Tree done = Tree.of("description", call.answer() == Void.class ? "Done." : "Done: the answer.");
        if (call.answer() != Void.class) {
            Tree examples = new Tree();
            said.examples().stream()
                    .filter(example -> example.refused() == null)
                    .forEach(example -> examples.put(example.title(), Tree.of("value", cast(example.answer()))));
            done.with(
                    "content",
                    Tree.of(
                            JSON,
                            Tree.of("schema", schemas.answer(call.answer())).with("examples", examples)));
        }
        Tree responses = Tree.of(Integer.toString(call.status()), done);
        for (Kind kind : Kind.values()) {
            List<String> reasons = said.refusals().stream()
                    .filter(reason -> words.reasons().containsKey(reason))
                    .filter(reason -> words.reasons().get(reason).kind().equals(kind.text()))
                    .toList();
            if (!reasons.isEmpty()) {
                responses.put(Integer.toString(kind.status()), refusal(reasons));
            }
        }
        if (call.authenticated()) {
            responses.putIfAbsent("401", Tree.ref("#/components/responses/unauthenticated"));
        }
        return responses.with("default", Tree.ref("#/components/responses/problem"));
    }

    private Tree refusal(List<String> reasons) {
        StringBuilder text = new StringBuilder();
        reasons.forEach(reason -> text.append("- `%s`: %s\n"
                .formatted(reason, words.reasons().get(reason).about().strip())));
        return Tree.of("description", text.toString())
                .with(
                        "content",
                        Tree.of(
                                "application/problem+json",
                                Tree.of("schema", Tree.ref("#/components/schemas/Problem"))));
    }

    private Tree example(Call<?, ?> call, Words.Example example) {
        Tree fields = (Tree) cast(example.request());
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
        Tree request = Tree.of("method", call.method().name())
                .with("path", path.toString())
                .with("body", fields.isEmpty() ? null : fields);
        return Tree.of("title", example.title())
                .with("as", call.authenticated() ? example.as() : null)
                .with("request", request)
                .with("answer", answer(call, example))
                .with("pushes", example.pushes().stream().map(this::pushed).toList());
    }

    private Tree answer(Call<?, ?> call, Words.Example example) {
        if (example.refused() == null) {
            return Tree.of("status", call.status())
                    .with("body", example.answer() == null ? null : cast(example.answer()));
        }
        return Tree.of("status", example.refused().get("status")).with("body", cast(example.refused()));
    }

    private Tree pushed(Words.Pushed push) {
        return Tree.of("to", push.to())
                .with("payload", Tree.of("type", push.type()).with("data", cast(push.data())));
    }

    private static String path(Call<?, ?> call) {
        return PARAMETER.matcher(call.path()).replaceAll("{$1}");
    }

    private static String method(Call<?, ?> call) {
        return call.method().name().toLowerCase(Locale.ROOT);
    }

    private static String encoded(Object value) {
        return URLEncoder.encode(String.valueOf(value), StandardCharsets.UTF_8);
    }

    private Object cast(Object tree) {
        return Tree.cast(tree == null ? Map.of() : tree, words.cast());
    }
}
