package im.hongyan.http.description;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Checks everything that a node sends against the description: it must match, without undescribed fields. Records the
 * fields, to find described ones that never occur.
 */
final class Observed {
    private final Documents documents;
    private final Map<JsonNode, JsonSchema> schemas = new ConcurrentHashMap<>();
    private final Set<String> seen = new ConcurrentSkipListSet<>();
    private final Set<String> wrong = new ConcurrentSkipListSet<>();

    Observed(Documents documents) {
        this.documents = documents;
    }

    /** A frame without an id. */
    void push(JsonNode frame) {
        String type = frame.get("type").asText();
        check(
                "push." + type,
                documents.asyncApi(),
                documents.message("push." + type).get("payload"),
                frame);
    }

    /** @param type of the request */
    void answer(String type, JsonNode frame) {
        String message = frame.get("type").asText().equals("ok") ? type + ".ok" : "error";
        check(message, documents.asyncApi(), documents.message(message).get("payload"), frame);
    }

    void body(Documents.Call call, int status, JsonNode body) {
        JsonNode response = call.operation().get("responses").path(Integer.toString(status));
        JsonNode content = response.isMissingNode()
                ? documents.openApi().at("/components/responses/problem/content")
                : Documents.follow(documents.openApi(), response).path("content");
        assertThat(content.isEmpty()).as(call + " answers " + status).isEqualTo(body == null);
        if (body != null) {
            check(
                    call.toString(),
                    documents.openApi(),
                    content.elements().next().get("schema"),
                    body);
        }
    }

    Set<String> wrong() {
        return wrong;
    }

    /** Fields of answers and pushes that were never seen. */
    Set<String> unseen() {
        Set<String> all = new TreeSet<>();
        documents.asyncApi().at("/components/messages").properties().forEach(message -> {
            if (message.getKey().startsWith("push.") || message.getKey().endsWith(".ok")) {
                collect(
                        message.getKey(),
                        documents.asyncApi(),
                        message.getValue().get("payload"),
                        all);
            }
        });
        documents
                .asyncApi()
                .get("x-entries")
                .properties()
                .forEach(kind -> collect(
                        kind.getKey(), documents.asyncApi(), kind.getValue().get("content"), all));
        documents.calls().forEach(call -> call.operation().get("responses").forEach(response -> response.findValues(
                        "schema")
                .forEach(schema -> collect(call.toString(), documents.openApi(), schema, all))));
        all.removeAll(seen);
        return all;
    }

    private void collect(String where, JsonNode document, JsonNode schema, Set<String> all) {
        String here = nameOf(where, schema);
        JsonNode type = Documents.follow(document, schema);
        type.path("properties").properties().forEach(property -> {
            if (all.add(here + "." + property.getKey())) {
                collect(here + "." + property.getKey(), document, property.getValue(), all);
            }
        });
        if (Documents.isByType(type)) {
            type.get("allOf").forEach(rule -> collect(here, document, rule.get("then"), all));
        }
        if (type.has("items")) {
            collect(here, document, type.get("items"), all);
        }
        if (type.has("allOf") && !type.has("properties")) {
            collect(here, document, type.get("allOf").get(0), all);
        }
    }

    private void check(String where, JsonNode document, JsonNode schema, JsonNode value) {
        JsonSchema rules = schemas.computeIfAbsent(schema, key -> {
            ObjectNode whole = key.deepCopy();
            whole.set("components", document.get("components"));
            return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(whole);
        });
        rules.validate(value).forEach(message -> wrong.add(where + ": " + message));
        walk(where, document, schema, value);
    }

    private void walk(String where, JsonNode document, JsonNode schema, JsonNode value) {
        String here = nameOf(where, schema);
        JsonNode type = Documents.follow(document, schema);
        if (type.has("properties")) {
            JsonNode chosen = Documents.isByType(type)
                    ? Documents.byType(document, type).get(value.get("type").asText())
                    : Documents.JSON.createObjectNode();
            value.properties().forEach(field -> {
                String name = here + "." + field.getKey();
                JsonNode property = type.get("properties").get(field.getKey());
                if (chosen.path("properties").has(field.getKey())) {
                    seen.add(chosen.get("title").asText() + "." + field.getKey());
                    property = chosen.get("properties").get(field.getKey());
                }
                if (property == null) {
                    wrong.add(name + " is not described");
                    return;
                }
                seen.add(name);
                boolean content = name.equals("Entry.content") && !value.has("recalled");
                walk(name, document, content ? contentOf(value) : property, field.getValue());
            });
        } else if (type.has("items")) {
            value.forEach(element -> walk(here, document, type.get("items"), element));
        } else if (type.has("allOf")) {
            walk(here, document, type.get("allOf").get(0), value);
        }
    }

    private JsonNode contentOf(JsonNode entry) {
        return documents
                .asyncApi()
                .get("x-entries")
                .get(entry.get("kind").asText())
                .get("content");
    }

    private static String nameOf(String where, JsonNode schema) {
        return schema.has("$ref") ? schema.get("$ref").asText().replaceAll(".*/", "") : where;
    }
}
