package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.chat.Content;
import im.hongyan.chat.ContentType;
import im.hongyan.protocol.Check;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.RequestRejected;
import im.hongyan.testkit.TestConnection;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages with a type of content that a feature has added. */
class MessageContentTest {
    record Sticker(String pack, Long number) implements Content {
        public Sticker {
            Check.text("pack", pack, 16);
            Check.seq("number", number, 1);
        }

        @Override
        public String type() {
            return "sticker";
        }
    }

    record Note(String words) implements Content {
        public Note {
            Check.text("words", words, 100);
        }

        @Override
        public String type() {
            return "note";
        }
    }

    private static final ContentType<Sticker> STICKER =
            new ContentType<>("sticker", Sticker.class, false, sticker -> "sticker " + sticker.number());
    private static final ContentType<Note> NOTE = new ContentType<>("note", Note.class, true, Note::words);

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;
    private TestConnection alice;
    private TestConnection bob;
    private String talk;

    @BeforeEach
    void setUp() throws Exception {
        node = new LogNode(stores);
        node.contentTypes().register(STICKER);
        node.contentTypes().register(NOTE);
        alice = node.connect();
        bob = node.connect();
        talk = alice.openWith(bob);
    }

    @Test
    void send_ofRegisteredType_storesItWithSummary() throws Exception {
        alice.say(talk, "hello");
        long seq = send(Map.of("type", "sticker", "pack", "geese", "number", 7), 1L);

        for (JsonNode entry : new JsonNode[] {bob.receive(talk, seq), read(seq)}) {
            assertThat(entry.get("content").toString())
                    .isEqualTo("{\"type\":\"sticker\",\"pack\":\"geese\",\"number\":7,\"replyTo\":1}");
            assertThat(entry.get("summary").asText()).isEqualTo("sticker 7");
        }
    }

    @Test
    void send_ofText_isStoredAsBefore() throws Exception {
        long seq = send(Map.of("type", "text", "text", "hello"), null);

        assertThat(read(seq).get("content").toString()).isEqualTo("{\"type\":\"text\",\"text\":\"hello\"}");
        assertThat(read(seq).has("summary")).isFalse();
    }

    @Test
    void send_ofContentThatFailsItsCheck_namesTheField() {
        assertRefused(Map.of("type", "sticker", "pack", "geese", "number", 0), "field.out_of_range", "content.number");
        assertRefused(Map.of("type", "sticker", "pack", "geese"), "field.missing", "content.number");
        assertRefused(Map.of("type", "sticker", "pack", 5, "number", 1), "field.type", "content.pack");
        assertRefused(
                Map.of("type", "sticker", "pack", "geese", "number", 1, "text", "x"), "field.unknown", "content.text");
    }

    @Test
    void send_ofUnknownOrMissingType_isRefused() {
        assertRefused(Map.of("type", "poll", "text", "hello"), "content.type", "content.type");
        assertRefused(Map.of("type", 5, "text", "hello"), "content.type", "content.type");
        assertRefused(Map.of("text", "hello"), "field.missing", "content.type");
    }

    @Test
    void edit_ofEditableType_changesContentAndSummary() throws Exception {
        long seq = send(Map.of("type", "note", "words", "buy milk"), null);
        edit(seq, Map.of("type", "note", "words", "buy bread"));

        assertThat(read(seq).at("/content/words").asText()).isEqualTo("buy bread");
        assertThat(read(seq).get("summary").asText()).isEqualTo("buy bread");
        assertThat(bob.receive(talk, seq + 1).at("/content/content/words").asText())
                .isEqualTo("buy bread");
    }

    @Test
    void edit_ofOtherTypeOrToOtherType_isRefused() throws Exception {
        long sticker = send(Map.of("type", "sticker", "pack", "geese", "number", 7), null);
        long note = send(Map.of("type", "note", "words", "buy milk"), null);

        assertNotEditable(sticker, Map.of("type", "sticker", "pack", "geese", "number", 8));
        assertNotEditable(sticker, Map.of("type", "text", "text", "hello"));
        assertNotEditable(note, Map.of("type", "text", "text", "hello"));
    }

    @Test
    void register_ofTypeThatExists_fails() {
        assertThatThrownBy(() -> node.contentTypes().register(NOTE))
                .hasMessageContaining("note")
                .hasMessageContaining("two owners");
    }

    private void assertNotEditable(long seq, Map<String, ?> content) {
        assertThatThrownBy(() -> edit(seq, content))
                .asInstanceOf(type(RequestRejected.class))
                .satisfies(refused -> assertThat(refused.reason).isEqualTo("content.not_editable"));
    }

    private void assertRefused(Map<String, ?> content, String reason, String field) {
        assertThatThrownBy(() -> send(content, null))
                .asInstanceOf(type(RequestRejected.class))
                .satisfies(refused -> {
                    assertThat(refused.kind).isEqualTo("invalid");
                    assertThat(refused.reason).isEqualTo(reason);
                    assertThat(refused.field).isEqualTo(field);
                });
    }

    private long send(Map<String, ?> content, Long replyTo) throws Exception {
        Map<String, Object> message = new java.util.HashMap<>(
                Map.of("conversation", talk, "clientId", LogNode.newClientId(), "content", content));
        if (replyTo != null) {
            message.put("replyTo", replyTo);
        }
        return alice.ask("message.send", message).get("seq").asLong();
    }

    private void edit(long seq, Map<String, ?> content) throws Exception {
        alice.ask(
                "message.edit",
                Map.of("conversation", talk, "seq", seq, "clientId", LogNode.newClientId(), "content", content));
    }

    private JsonNode read(long seq) throws Exception {
        return bob.ask("entries.read", Map.of("conversation", talk, "after", seq - 1, "limit", 1))
                .at("/entries/0");
    }
}
