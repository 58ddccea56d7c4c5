package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Conversations of the protocol, in memory. Correct by default, and wrong on demand. Not thread-safe. */
final class FakeLog {
    /** The bugs of a wrong server. */
    enum Bug {
        NONE,
        /** Stores a repeated send again. */
        FORGETS_CLIENT_IDS,
        /** Acknowledges every tenth message without storing it. */
        LOSES_ACKNOWLEDGED,
        /** Shows a member entries from before it joined. */
        IGNORES_WINDOWS
    }

    private final class Conversation {
        final String id;
        final List<ObjectNode> entries = new ArrayList<>();
        final Map<String, ObjectNode> answers = new LinkedHashMap<>();
        final Map<String, List<long[]>> windows = new LinkedHashMap<>();
        long changed;

        Conversation(String id) {
            this.id = id;
        }

        boolean isMember(String user) {
            List<long[]> ranges = windows.getOrDefault(user, List.of());
            return !ranges.isEmpty() && ranges.get(ranges.size() - 1)[1] == Long.MAX_VALUE;
        }

        boolean isVisible(String user, long seq) {
            return (bug == Bug.IGNORES_WINDOWS && windows.containsKey(user))
                    || windows.getOrDefault(user, List.of()).stream()
                            .anyMatch(range -> range[0] <= seq && seq <= range[1]);
        }

        long lastSeq(String user) {
            List<long[]> ranges = windows.get(user);
            return Math.min(entries.size(), ranges.get(ranges.size() - 1)[1]);
        }
    }

    private final Map<String, Conversation> conversations = new LinkedHashMap<>();
    Bug bug = Bug.NONE;
    private long version;
    private int stored;

    /** An entry was stored for these recipients. */
    interface Push {
        void push(String user, ObjectNode entry);
    }

    ObjectNode handle(String user, String type, JsonNode data, Push push) {
        return switch (type) {
            case "ping" -> ok();
            case "conversation.open" -> open(user, data.get("user").asText());
            case "group.create" -> create(user, data, push);
            case "group.add", "group.remove", "group.leave" -> change(user, type, data, push);
            case "message.send" -> append(user, data, "message", data.get("content"), push);
            case "message.recall" -> recall(user, data, push);
            case "entries.read" -> read(user, data);
            case "sync" -> sync(user, data);
            default -> error("invalid", "frame.unknown_type");
        };
    }

    private ObjectNode open(String user, String other) {
        String id = "direct-" + (user.compareTo(other) < 0 ? user + "-" + other : other + "-" + user);
        if (!conversations.containsKey(id)) {
            Conversation made = new Conversation(id);
            for (String member : List.of(user, other)) {
                made.windows.put(member, new ArrayList<>(List.of(new long[] {1, Long.MAX_VALUE})));
            }
            made.changed = ++version;
            conversations.put(id, made);
        }
        return described(id);
    }

    private ObjectNode create(String user, JsonNode data, Push push) {
        String id = "group-" + user + "-" + data.get("clientId").asText();
        if (!conversations.containsKey(id)) {
            Conversation made = new Conversation(id);
            conversations.put(id, made);
            join(made, user, 1);
            data.get("members").forEach(member -> join(made, member.asText(), 1));
            store(made, user, null, "group", Json.object().put("change", "created"), push);
        }
        return described(id);
    }

    private static ObjectNode described(String id) {
        ObjectNode answer = ok();
        answer.putObject("conversation").put("id", id);
        return answer;
    }

    private static void join(Conversation conversation, String user, long seq) {
        conversation.windows.computeIfAbsent(user, u -> new ArrayList<>()).add(new long[] {seq, Long.MAX_VALUE});
    }

    private ObjectNode change(String user, String type, JsonNode data, Push push) {
        Conversation group = conversations.get(data.get("conversation").asText());
        if (group == null || !group.isMember(user)) {
            return error("forbidden", "conversation.not_member");
        }
        String key = user + " " + data.get("clientId").asText();
        ObjectNode before = group.answers.get(key);
        if (before != null) {
            return before;
        }
        List<String> users = new ArrayList<>();
        if (type.equals("group.leave")) {
            users.add(user);
        } else {
            data.get("users").forEach(member -> users.add(member.asText()));
        }
        long seq = group.entries.size() + 1L;
        for (String member : users) {
            if (type.equals("group.add")) {
                join(group, member, seq);
            } else {
                List<long[]> ranges = group.windows.get(member);
                ranges.get(ranges.size() - 1)[1] = seq;
            }
        }
        store(group, user, null, "group", Json.object().put("change", type), push);
        ObjectNode answer = ok().put("seq", seq);
        group.answers.put(key, answer);
        return answer;
    }

    private ObjectNode append(String user, JsonNode data, String kind, JsonNode content, Push push) {
        Conversation conversation = conversations.get(data.get("conversation").asText());
        if (conversation == null || !conversation.isMember(user)) {
            return error("forbidden", "conversation.not_member");
        }
        String clientId = data.get("clientId").asText();
        ObjectNode before = conversation.answers.get(user + " " + clientId);
        if (before != null && bug != Bug.FORGETS_CLIENT_IDS) {
            return before;
        }
        long seq = conversation.entries.size() + 1L;
        ObjectNode answer = ok().put("seq", seq).put("at", at(seq));
        if (bug != Bug.LOSES_ACKNOWLEDGED || ++stored % 10 != 0) {
            store(conversation, user, clientId, kind, content, push);
        }
        conversation.answers.put(user + " " + clientId, answer);
        return answer;
    }

    private ObjectNode recall(String user, JsonNode data, Push push) {
        Conversation conversation = conversations.get(data.get("conversation").asText());
        ObjectNode target = conversation.entries.get(data.get("seq").asInt() - 1);
        if (!target.path("sender").asText().equals(user)) {
            return error("forbidden", "message.not_own");
        }
        target.put("recalled", true).remove("content");
        return append(
                user, data, "recall", Json.object().put("seq", data.get("seq").asLong()), push);
    }

    private void store(
            Conversation conversation, String sender, String clientId, String kind, JsonNode content, Push push) {
        long seq = conversation.entries.size() + 1L;
        ObjectNode entry = Json.object()
                .put("conversation", conversation.id)
                .put("seq", seq)
                .put("kind", kind);
        entry.put("sender", sender).put("at", at(seq)).set("content", content);
        if (clientId != null) {
            entry.put("clientId", clientId);
        }
        conversation.entries.add(entry);
        conversation.changed = ++version;
        for (String member : conversation.windows.keySet()) {
            if (conversation.isVisible(member, seq)) {
                push.push(member, entry);
            }
        }
    }

    private static String at(long seq) {
        return "2026-01-01T00:00:%02d.%06dZ".formatted(seq / 1_000_000, seq % 1_000_000);
    }

    private ObjectNode read(String user, JsonNode data) {
        Conversation conversation = conversations.get(data.get("conversation").asText());
        if (conversation == null || !conversation.windows.containsKey(user)) {
            return error("not_found", "conversation.not_found");
        }
        long after = data.path("after").asLong();
        int limit = data.path("limit").asInt(100);
        ArrayNode entries = Json.MAPPER.createArrayNode();
        long through = after;
        long last = conversation.lastSeq(user);
        while (through < last && entries.size() < limit) {
            through++;
            if (conversation.isVisible(user, through)) {
                entries.add(conversation.entries.get((int) through - 1));
            }
        }
        ObjectNode answer = ok().put("from", after + 1).put("through", through);
        answer.put("firstSeq", 1).put("lastSeq", last).set("entries", entries);
        return answer;
    }

    private ObjectNode sync(String user, JsonNode data) {
        long since = data.path("since").asLong(0);
        ObjectNode answer = ok().put("since", Long.toString(version)).put("more", false);
        ArrayNode changes = answer.putArray("changes");
        for (Conversation conversation : conversations.values()) {
            if (conversation.changed > since && conversation.windows.containsKey(user)) {
                changes.add(change(conversation, user, data.path("cursors")));
            }
        }
        return answer;
    }

    private static ObjectNode change(Conversation conversation, String user, JsonNode cursors) {
        long last = conversation.lastSeq(user);
        ObjectNode change = Json.object().put("conversation", conversation.id);
        change.put("state", conversation.isMember(user) ? "member" : "left").put("firstSeq", 1);
        change.put("lastSeq", last).put("readSeq", 0).put("unread", 0);
        ArrayNode entries = change.putArray("entries");
        JsonNode cursor = cursors.path(conversation.id);
        long from = cursor.isMissingNode() ? last - 3 : cursor.asLong();
        for (long seq = Math.max(1, from + 1); seq <= Math.min(last, Math.max(0, from) + 5); seq++) {
            if (conversation.isVisible(user, seq)) {
                entries.add(conversation.entries.get((int) seq - 1));
            }
        }
        return change;
    }

    /** Discards the newest entries, like a restore from a backup. */
    void forgetLast(String conversation, int count) {
        List<ObjectNode> entries = conversations.get(conversation).entries;
        entries.subList(entries.size() - count, entries.size()).clear();
    }

    int size(String conversation) {
        return conversations.get(conversation).entries.size();
    }

    static ObjectNode ok() {
        return Json.object();
    }

    static ObjectNode error(String kind, String reason) {
        return Json.object().put("errorKind", kind).put("reason", reason);
    }
}
