package im.hongyan.http.description;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.FrameRoutes.FrameRoute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The frames as an AsyncAPI 3.0 document: the server receives requests, replies to them, and sends pushes. Its fixed
 * parts are in {@code asyncapi.yaml}.
 */
final class AsyncApi {
    private static final String SOCKET = "#/channels/socket";
    /** The request id in all examples. */
    private static final String ID = "1";

    private final ProtocolDocs docs;
    private final FrameRoutes routes;
    private final Schemas schemas;
    private final List<String> problems;
    private final JsonTree messages = new JsonTree();
    private final JsonTree operations = new JsonTree();
    private final Map<String, List<Object>> pushed = new LinkedHashMap<>();

    AsyncApi(ProtocolDocs docs, FrameRoutes routes, Schemas schemas, List<String> problems) {
        this.docs = docs;
        this.routes = routes;
        this.schemas = schemas;
        this.problems = problems;
    }

    /** @param info the part that both documents share */
    JsonTree document(JsonTree info) {
        JsonTree document = (JsonTree) JsonTree.copy(ProtocolDocs.yaml(AsyncApi.class, "asyncapi.yaml"));
        document.in("info").putAll(info);
        docs.groups()
                .forEach((group, described) -> described.frames().forEach((type, frame) -> frame(group, type, frame)));
        docs.groups().values().forEach(group -> group.routes().values().forEach(call -> call.examples()
                .forEach(this::pushes)));
        docs.groups()
                .forEach((group, described) -> described.pushes().forEach((type, push) -> push(group, type, push)));
        routes.table().keySet().stream()
                .filter(type -> !operations.containsKey(type))
                .forEach(type -> problems.add("frame " + type + " is not described"));
        routes.pushes().keySet().stream()
                .filter(type -> !operations.containsKey("push." + type))
                .forEach(type -> problems.add("push " + type + " is not described"));

        JsonTree components = document.in("components");
        components.in("messages").putAll(messages);
        components.in("schemas").putAll(schemas.components());
        JsonTree error = components.in("schemas").in("Error").in("properties");
        docs.reasons().values().forEach(reason -> error.putAll((JsonTree) JsonTree.copy(reason.fields())));
        JsonTree channel = document.in("channels").in("socket").in("messages");
        components
                .in("messages")
                .keySet()
                .forEach(name -> channel.put(name, JsonTree.ref("#/components/messages/" + name)));
        return document.with("operations", operations)
                .with("x-entries", content("kind of entry", docs.entries(), routes.entryKinds()))
                .with("x-contents", content("type of content", docs.contents(), routes.contentTypes()))
                .with("x-kinds", kinds())
                .with("x-reasons", docs.reasons())
                .with("x-close-codes", docs.closeCodes())
                .with("x-cast", docs.cast())
                .with("components", components);
    }

    private void frame(String group, String type, ProtocolDocs.Frame frame) {
        FrameRoute<?, ?> route = routes.table().get(type);
        if (route == null) {
            problems.add("frame " + type + " is described but does not exist");
            return;
        }
        List<Object> requests = new ArrayList<>();
        List<Object> answers = new ArrayList<>();
        List<Object> examples = new ArrayList<>();
        for (ProtocolDocs.Example example : frame.examples()) {
            JsonTree request = JsonTree.of("type", type).with("id", ID).with("data", cast(example.request()));
            JsonTree answer = answer(example);
            requests.add(JsonTree.of("name", example.title()).with("payload", request));
            if (example.refused() == null) {
                answers.add(JsonTree.of("name", example.title()).with("payload", answer));
            }
            examples.add(JsonTree.of("title", example.title())
                    .with("as", example.as())
                    .with("request", request)
                    .with("answer", answer)
                    .with("pushes", pushes(example)));
        }
        JsonTree data = schemas.request(type, route.body(), frame.fields());
        messages.put(type, message(type, frame.does(), group, requestOf(type, data), requests));
        messages.put(
                type + ".ok",
                message(type + ".ok", "Answers " + type + ".", group, okOf(schemas.answer(route.answer())), answers));
        operations.put(
                type,
                operation("receive", group, type, type, frame.does(), frame.about())
                        .with("reply", reply(type))
                        .with("x-reasons", frame.refusals())
                        .with("x-examples", examples));
    }

    private JsonTree answer(ProtocolDocs.Example example) {
        return example.refused() == null
                ? JsonTree.of("type", "ok").with("id", ID).with("data", cast(example.answer()))
                : JsonTree.of("type", "error").with("id", ID).with("error", cast(example.refused()));
    }

    private List<Object> pushes(ProtocolDocs.Example example) {
        List<Object> pushes = new ArrayList<>();
        for (ProtocolDocs.Pushed push : example.pushes()) {
            JsonTree payload = JsonTree.of("type", push.type()).with("data", cast(push.data()));
            pushes.add(JsonTree.of("to", push.to()).with("payload", payload));
            pushed.computeIfAbsent(push.type(), type -> new ArrayList<>())
                    .add(JsonTree.of("name", example.title()).with("payload", payload));
        }
        return pushes;
    }

    /** Call after the frames, because most examples of pushes are those of requests. */
    private void push(String group, String type, ProtocolDocs.Push push) {
        Class<?> body = routes.pushes().get(type);
        if (body == null) {
            problems.add("push " + type + " is described but does not exist");
            return;
        }
        List<Object> examples = pushed.getOrDefault(type, new ArrayList<>());
        if (push.example() != null) {
            JsonTree payload = JsonTree.of("type", type).with("data", cast(push.example()));
            examples.add(JsonTree.of("name", push.does()).with("payload", payload));
        }
        if (examples.isEmpty()) {
            problems.add("push " + type + " has no example");
        }
        String name = "push." + type;
        JsonTree payload =
                envelope(JsonTree.of("type", JsonTree.of("const", type)).with("data", schemas.answer(body)));
        messages.put(name, message(type, push.does(), group, payload, examples));
        operations.put(name, operation("send", group, name, type, push.does(), push.about()));
    }

    private static JsonTree operation(
            String action, String group, String message, String title, String does, String about) {
        return JsonTree.of("action", action)
                .with("title", title)
                .with("summary", does)
                .with("description", about)
                .with("channel", JsonTree.ref(SOCKET))
                .with("messages", List.of(JsonTree.ref(SOCKET + "/messages/" + message)))
                .with("tags", List.of(JsonTree.of("name", group)));
    }

    private static JsonTree reply(String type) {
        return JsonTree.of("channel", JsonTree.ref(SOCKET))
                .with(
                        "messages",
                        List.of(
                                JsonTree.ref(SOCKET + "/messages/" + type + ".ok"),
                                JsonTree.ref(SOCKET + "/messages/error")));
    }

    private static JsonTree message(String title, String does, String group, JsonTree payload, List<Object> examples) {
        boolean answers = payload.in("properties").containsKey("id");
        return JsonTree.of("title", title)
                .with("summary", does)
                .with("tags", List.of(JsonTree.of("name", group)))
                .with("correlationId", answers ? JsonTree.ref("#/components/correlationIds/request") : null)
                .with("payload", payload)
                .with("examples", examples);
    }

    private static JsonTree requestOf(String type, JsonTree data) {
        JsonTree id = JsonTree.of("type", "string")
                .with("minLength", 1)
                .with("maxLength", 64)
                .with("description", "Chosen by the client. The answer has the same id.");
        List<String> required = data.containsKey("required") ? List.of("type", "id", "data") : List.of("type", "id");
        return JsonTree.of("type", "object")
                .with("required", required)
                .with(
                        "properties",
                        JsonTree.of("type", JsonTree.of("const", type))
                                .with("id", id)
                                .with("data", data))
                .with("additionalProperties", false);
    }

    private static JsonTree okOf(JsonTree data) {
        JsonTree id = JsonTree.of("type", "string").with("description", "The id of the request.");
        return envelope(
                JsonTree.of("type", JsonTree.of("const", "ok")).with("id", id).with("data", data));
    }

    private static JsonTree envelope(JsonTree properties) {
        return JsonTree.of("type", "object")
                .with("required", List.copyOf(properties.keySet()))
                .with("properties", properties);
    }

    private JsonTree content(String what, Map<String, String> described, Map<String, Class<?>> records) {
        JsonTree all = new JsonTree();
        records.forEach((name, record) -> {
            String about = described.get(name);
            if (about == null) {
                problems.add(what + " " + name + " is not described");
            }
            all.put(name, JsonTree.of("description", about).with("content", schemas.answer(record)));
        });
        described.keySet().stream()
                .filter(name -> !all.containsKey(name))
                .forEach(name -> problems.add(what + " " + name + " is described but does not exist"));
        return all;
    }

    private JsonTree kinds() {
        JsonTree kinds = new JsonTree();
        for (ErrorKind kind : ErrorKind.values()) {
            String about = docs.kinds().get(kind.text());
            if (about == null) {
                problems.add("kind of error " + kind.text() + " is not described");
            }
            kinds.put(kind.text(), JsonTree.of("status", kind.status()).with("description", about));
        }
        return kinds;
    }

    private Object cast(Object tree) {
        return JsonTree.cast(tree == null ? Map.of() : tree, docs.cast());
    }
}
