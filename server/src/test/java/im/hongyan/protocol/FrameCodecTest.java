package im.hongyan.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FrameCodecTest {
    private static final FrameCodec CODEC = new FrameCodec();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String USER = "01hzzzzzzzzzzzzzzzzzzzzzzz";

    enum Colour {
        RED,
        GREEN;

        @JsonCreator
        static Colour parse(String text) {
            for (Colour colour : values()) {
                if (colour.name().equals(text)) {
                    return colour;
                }
            }
            throw Rejection.invalid("colour.unknown", "no such colour");
        }
    }

    record Inner(String text, Long number) {
        Inner {
            Check.text("text", text, 20);
        }
    }

    record Everything(
            UserId user,
            Long whole,
            Integer small,
            Boolean flag,
            String text,
            Colour colour,
            Inner inner,
            List<UserId> users,
            List<Inner> inners,
            Map<ConversationId, Long> cursors) {}

    record Needy(String name) {
        Needy {
            Check.present("name", name);
        }
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments("", null, "frame.malformed", null),
                arguments("   ", null, "frame.malformed", null),
                arguments("null", null, "frame.malformed", null),
                arguments("[]", null, "frame.malformed", null),
                arguments("7", null, "frame.malformed", null),
                arguments("\"text\"", null, "frame.malformed", null),
                arguments("{", null, "json.malformed", null),
                arguments("{]", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"1\"} {}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"1\"},", null, "json.malformed", null),
                arguments("{'type':'a','id':'1'}", null, "json.malformed", null),
                arguments("{type:\"a\",id:\"1\"}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"1\",}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"1\"/*no*/}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"\u0001\"}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"\\x\"}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"type\":\"a\",\"id\":\"1\"}", null, "json.malformed", null),
                arguments("{\"type\":\"a\",\"id\":\"1\",\"data\":{\"x\":NaN}}", null, "json.malformed", null),
                arguments(
                        "{\"type\":\"a\",\"id\":\"1\",\"data\":{\"x\":1" + "0".repeat(50) + "}}",
                        null,
                        "json.malformed",
                        null),
                arguments(
                        "{\"type\":\"a\",\"id\":\"1\",\"data\":" + "[".repeat(40) + "]".repeat(40) + "}",
                        null,
                        "json.malformed",
                        null),
                arguments(
                        "{\"type\":\"a\",\"id\":\"1\",\"data\":{\"" + "n".repeat(300) + "\":1}}",
                        null,
                        "json.malformed",
                        null),
                arguments("{\"type\":\"a\"}", null, "field.missing", "id"),
                arguments("{\"type\":\"a\",\"id\":7}", null, "field.type", "id"),
                arguments("{\"type\":\"a\",\"id\":null}", null, "field.type", "id"),
                arguments("{\"type\":\"a\",\"id\":\"\"}", null, "field.type", "id"),
                arguments("{\"type\":\"a\",\"id\":\"" + "i".repeat(65) + "\"}", null, "field.length", "id"),
                arguments("{\"type\":\"a\",\"id\":\"\\ud800\"}", null, "field.surrogate", "id"),
                arguments("{\"type\":\"a\",\"id\":\"a\\u0000\"}", null, "field.nul", "id"),
                arguments("{\"id\":\"1\"}", "1", "field.missing", "type"),
                arguments("{\"id\":\"1\",\"type\":1}", "1", "field.type", "type"),
                arguments("{\"id\":\"1\",\"type\":null}", "1", "field.type", "type"),
                arguments("{\"id\":\"1\",\"type\":\"\"}", "1", "field.type", "type"),
                arguments("{\"id\":\"1\",\"type\":{}}", "1", "field.type", "type"),
                arguments("{\"id\":\"1\",\"type\":\"a\",\"more\":1}", "1", "field.unknown", "more"),
                arguments("{\"id\":\"1\",\"type\":\"a\",\"Data\":{}}", "1", "field.unknown", "Data"),
                arguments("{\"id\":\"1\",\"type\":\"a\",\"data\":[]}", "1", "field.type", "data"),
                arguments("{\"id\":\"1\",\"type\":\"a\",\"data\":\"{}\"}", "1", "field.type", "data"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void envelope_malformed_failsNamingField(String text, String id, String reason, String field) {
        InboundFrame.Malformed bad = (InboundFrame.Malformed) CODEC.parseFrame(text);

        assertThat(bad.id()).isEqualTo(id);
        assertThat(bad.rejection().kind()).isEqualTo(ErrorKind.INVALID);
        assertThat(bad.rejection().reason()).isEqualTo(reason);
        assertThat(bad.rejection().field()).isEqualTo(field);
        assertThat(parsed(CODEC.error(bad.id(), bad.rejection()))
                        .at("/error/reason")
                        .asText())
                .isEqualTo(reason);
    }

    @Test
    void parseFrame_nullData_isEmptyObject() {
        InboundFrame without = CODEC.parseFrame("{\"type\":\"ping\",\"id\":\"1\"}");
        assertThat(CODEC.parseFrame("{\"type\":\"ping\",\"id\":\"1\",\"data\":null}"))
                .isInstanceOf(Request.class)
                .isEqualTo(without);
    }

    @Test
    void parseFrame_withoutData_isEmptyObject() {
        Request request = (Request) CODEC.parseFrame(" {\"id\":\"1\",\"type\":\"a\"}\n");

        assertThat(request.type()).isEqualTo("a");
        assertThat(request.data().isEmpty()).isTrue();
    }

    static Stream<Arguments> wrongFields() {
        return Stream.of(
                arguments("{\"more\":1}", "field.unknown", "more"),
                arguments("{\"inner\":{\"text\":\"a\",\"more\":1}}", "field.unknown", "inner.more"),
                arguments(
                        "{\"inners\":[{\"text\":\"a\"},{\"text\":\"a\",\"more\":1}]}",
                        "field.unknown",
                        "inners[1].more"),
                arguments("{\"user\":1}", "field.type", "user"),
                arguments("{\"user\":\"\"}", "id.malformed", "user"),
                arguments("{\"user\":\"" + USER + "0\"}", "id.malformed", "user"),
                arguments("{\"user\":{}}", "field.type", "user"),
                arguments("{\"user\":[]}", "field.type", "user"),
                arguments("{\"user\":true}", "field.type", "user"),
                arguments("{\"whole\":\"1\"}", "field.type", "whole"),
                arguments("{\"whole\":\"\"}", "field.type", "whole"),
                arguments("{\"whole\":1.5}", "field.type", "whole"),
                arguments("{\"whole\":1.0}", "field.type", "whole"),
                arguments("{\"whole\":1e2}", "field.type", "whole"),
                arguments("{\"whole\":1e999}", "field.type", "whole"),
                arguments("{\"whole\":true}", "field.type", "whole"),
                arguments("{\"whole\":{}}", "field.type", "whole"),
                arguments("{\"whole\":[]}", "field.type", "whole"),
                arguments("{\"whole\":[1]}", "field.type", "whole"),
                arguments("{\"whole\":9223372036854775808}", "field.type", "whole"),
                arguments("{\"whole\":-9223372036854775809}", "field.type", "whole"),
                arguments("{\"whole\":1" + "0".repeat(38) + "}", "field.type", "whole"),
                arguments("{\"small\":2147483648}", "field.type", "small"),
                arguments("{\"small\":\"7\"}", "field.type", "small"),
                arguments("{\"flag\":1}", "field.type", "flag"),
                arguments("{\"flag\":\"true\"}", "field.type", "flag"),
                arguments("{\"flag\":\"\"}", "field.type", "flag"),
                arguments("{\"text\":1}", "field.type", "text"),
                arguments("{\"text\":false}", "field.type", "text"),
                arguments("{\"text\":1.5}", "field.type", "text"),
                arguments("{\"text\":{}}", "field.type", "text"),
                arguments("{\"text\":[\"a\"]}", "field.type", "text"),
                arguments("{\"colour\":\"BLUE\"}", "colour.unknown", "colour"),
                arguments("{\"colour\":\"\"}", null, "colour"),
                arguments("{\"colour\":0}", null, "colour"),
                arguments("{\"colour\":true}", null, "colour"),
                arguments("{\"colour\":{}}", "field.type", "colour"),
                arguments("{\"colour\":[]}", "field.type", "colour"),
                arguments("{\"inner\":\"\"}", "field.type", "inner"),
                arguments("{\"inner\":\"a\"}", "field.type", "inner"),
                arguments("{\"inner\":[]}", "field.type", "inner"),
                arguments("{\"inner\":{}}", "field.missing", "inner.text"),
                arguments("{\"inner\":{\"text\":\" \"}}", "field.empty", "inner.text"),
                arguments("{\"inner\":{\"text\":\"a\\u0000\"}}", "field.nul", "inner.text"),
                arguments("{\"inner\":{\"text\":\"\\udc00\"}}", "field.surrogate", "inner.text"),
                arguments("{\"inner\":{\"text\":\"a\",\"number\":\"b\"}}", "field.type", "inner.number"),
                arguments("{\"inners\":[{\"text\":\"a\"},{}]}", "field.missing", "inners[1].text"),
                arguments("{\"users\":\"" + USER + "\"}", "field.type", "users"),
                arguments("{\"users\":\"\"}", "field.type", "users"),
                arguments("{\"users\":{}}", "field.type", "users"),
                arguments("{\"users\":[\"x\"]}", "id.malformed", "users[0]"),
                arguments("{\"users\":[[]]}", "field.type", "users[0]"),
                arguments("{\"cursors\":[]}", "field.type", "cursors"),
                arguments("{\"cursors\":\"\"}", "field.type", "cursors"),
                arguments("{\"cursors\":{\"x\":1}}", "field.type", "cursors"),
                arguments("{\"cursors\":{\"" + USER + "\":\"1\"}}", "field.type", "cursors." + USER));
    }

    @ParameterizedTest
    @MethodSource("wrongFields")
    void decode_invalid_failsNamingField(String data, String reason, String field) {
        Rejection rejection = rejected(data, Everything.class);

        assertThat(rejection.kind()).isEqualTo(ErrorKind.INVALID);
        assertThat(rejection.field()).isEqualTo(field);
        if (reason != null) {
            assertThat(rejection.reason()).isEqualTo(reason);
        }
    }

    @Test
    void decode_missingField_failsNamingField() {
        assertThat(rejected("{}", Needy.class).field()).isEqualTo("name");
        assertThat(rejected("{\"name\":null}", Needy.class).reason()).isEqualTo("field.missing");
    }

    @Test
    void decode_null_isAbsent() {
        String nulls = "{\"user\":null,\"whole\":null,\"flag\":null,\"text\":null,\"colour\":null,\"inner\":null,"
                + "\"users\":null,\"cursors\":null}";
        assertThat(CODEC.decode(CODEC.parseObject(nulls), Everything.class))
                .isEqualTo(new Everything(null, null, null, null, null, null, null, null, null, null));
    }

    /** What an error quotes of a request has a UTF-8 form and is bounded. */
    @Test
    void error_longOrMalformedText_isShortAndWellFormed() {
        Rejection surrogate = Rejection.field("a\ud800b", "type.unknown", "no frame 'a\ud800b'");
        assertThat(parsed(CODEC.error("1", surrogate)).get("error").toString()).contains("\"field\":\"a?b\"", "'a?b'");
        Rejection endless = Rejection.field("type", "type.unknown", "no frame '" + "鸿".repeat(100_000) + "'");
        assertThat(CODEC.error("1", endless).bytes()).hasSizeLessThan(2_000);
    }

    @Test
    void times_areUtcWithMilliseconds() {
        assertThat(CODEC.json(Instant.parse("2026-01-02T03:04:05.678999Z"))).isEqualTo("\"2026-01-02T03:04:05.678Z\"");
        assertThat(CODEC.json(Instant.parse("2026-01-02T03:04:05Z"))).isEqualTo("\"2026-01-02T03:04:05Z\"");
    }

    @Property(tries = 300)
    void records_roundTrip(@ForAll("everything") Everything value) {
        String json = CODEC.json(value);

        assertThat(CODEC.decode(CODEC.parseObject(json), Everything.class)).isEqualTo(value);
        assertThat(CODEC.read(json, Everything.class)).isEqualTo(value);
    }

    @Property(tries = 500)
    void requests_roundTrip(
            @ForAll @StringLength(min = 1, max = 64) String id, @ForAll @StringLength(min = 1) String type)
            throws IOException {
        String text = JSON.writeValueAsString(Map.of("id", id, "type", type, "data", Map.of("text", "a")));

        InboundFrame incoming = CODEC.parseFrame(text);

        if (incoming instanceof Request request) {
            assertThat(request.id()).isEqualTo(id);
            assertThat(request.type()).isEqualTo(type);
            assertThat(parsed(CODEC.ok(request.id(), Map.of())).get("id").asText())
                    .isEqualTo(id);
        } else {
            assertThat(id).matches(text1 -> text1.indexOf(0) >= 0 || !wellFormed(text1));
        }
    }

    /** Any text is a request or a rejection, and both can be encoded. */
    @Property(tries = 2_000)
    void parseFrame_anyText_isRequestOrRejection(@ForAll("texts") String text) {
        InboundFrame incoming = CODEC.parseFrame(text);

        if (incoming instanceof Request request) {
            try {
                CODEC.decode(request.data(), Everything.class);
            } catch (Rejection rejection) {
                assertThat(rejection.kind()).isEqualTo(ErrorKind.INVALID);
                parsed(CODEC.error(request.id(), rejection));
            }
            parsed(CODEC.ok(request.id(), Map.of()));
        } else {
            InboundFrame.Malformed bad = (InboundFrame.Malformed) incoming;
            parsed(CODEC.error(bad.id(), bad.rejection()));
        }
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> sound =
                everything().map(value -> "{\"type\":\"a\",\"id\":\"1\",\"data\":" + CODEC.json(value) + "}");
        return Arbitraries.oneOf(Arbitraries.strings().ofMaxLength(50), sound.flatMap(FrameCodecTest::mutated));
    }

    /** Overwrites, duplicates, moves or removes some parts of the text. */
    static Arbitrary<String> mutated(String text) {
        Arbitrary<String> pieces = Arbitraries.of(
                "\"",
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "\\",
                "\\u0000",
                "\\ud800",
                "null",
                "true",
                "0",
                "-1",
                "1e400",
                "1.5",
                "99999999999999999999",
                "\"\"",
                "{}",
                "[]",
                "\u0000",
                "\ud83d",
                "\uFFFF",
                "id",
                "data",
                " ",
                "\n");
        return Combinators.combine(
                        Arbitraries.integers().between(0, text.length()),
                        Arbitraries.integers().between(0, 12),
                        pieces)
                .as((at, cut, piece) -> new Object[] {at, cut, piece})
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(edits -> {
                    String changed = text;
                    for (Object[] edit : edits) {
                        int at = Math.min((int) edit[0], changed.length());
                        int end = Math.min(at + (int) edit[1], changed.length());
                        changed = changed.substring(0, at) + edit[2] + changed.substring(end);
                    }
                    return changed;
                });
    }

    @Provide
    Arbitrary<Everything> everything() {
        Arbitrary<UUID> uuids =
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(UUID::new);
        Arbitrary<String> clean = Arbitraries.strings()
                .ofMaxLength(6)
                .filter(FrameCodecTest::wellFormed)
                .filter(text -> text.indexOf(0) < 0);
        Arbitrary<Inner> inners = Combinators.combine(
                        clean.filter(text -> VisibleText.isVisible(text) && text.getBytes(UTF_8).length <= 20),
                        Arbitraries.longs().injectNull(0.3))
                .as(Inner::new);
        return Combinators.combine(
                        uuids.map(UserId::new).injectNull(0.2),
                        Arbitraries.longs().injectNull(0.2),
                        Arbitraries.integers().injectNull(0.2),
                        Combinators.combine(Arbitraries.of(true, false).injectNull(0.2), clean.injectNull(0.2))
                                .as((flag, text) -> new Object[] {flag, text}),
                        Arbitraries.of(Colour.values()).injectNull(0.2),
                        inners.injectNull(0.2),
                        uuids.map(UserId::new).list().ofMaxSize(3).injectNull(0.2),
                        inners.list().ofMaxSize(3).injectNull(0.2))
                .as((user, whole, small, flagAndText, colour, inner, users, all) -> new Everything(
                        user,
                        whole,
                        small,
                        (Boolean) flagAndText[0],
                        (String) flagAndText[1],
                        colour,
                        inner,
                        users,
                        all,
                        user == null ? null : Map.of(new ConversationId(user.value()), 7L)));
    }

    @Property(tries = 300)
    void decoding_isDeterministic(@ForAll @Size(max = 5) List<String> names) {
        String data = "{"
                + String.join(
                        ",",
                        names.stream()
                                .distinct()
                                .map(FrameCodecTest::quoted)
                                .map(name -> name + ":1")
                                .toList())
                + "}";
        if (names.isEmpty()) {
            return;
        }
        Rejection rejection = rejected(data, Needy.class);
        assertThat(rejection.kind()).isEqualTo(ErrorKind.INVALID);
        parsed(CODEC.error("1", rejection));
    }

    private static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Rejection rejected(String data, Class<?> type) {
        return catchThrowableOfType(Rejection.class, () -> CODEC.decode(CODEC.parseObject(data), type));
    }

    /** Decodes as a client does, which accepts UTF-8 only. */
    private static JsonNode parsed(Frame frame) {
        try {
            return JSON.readTree(
                    UTF_8.newDecoder().decode(ByteBuffer.wrap(frame.bytes())).toString());
        } catch (CharacterCodingException e) {
            throw new AssertionError("no UTF-8", e);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + new String(frame.bytes(), UTF_8), e);
        }
    }

    private static boolean wellFormed(String text) {
        return UTF_8.newEncoder().canEncode(text);
    }
}
