package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.feature.Feature;
import im.hongyan.gateway.RawSocket;
import im.hongyan.protocol.Id;
import im.hongyan.testkit.FeatureTestSetup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Alice at a raw socket, users and conversations that she knows and does not know, and names for their ids; for tests
 * that send invalid input. After each test the server's log must be empty.
 */
final class Scene implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final Pattern REPEATED = Pattern.compile("\\$\\{(.+?)\\*(\\d+)}");
    private static final String STORED =
            """
            SELECT concat_ws(' ',
              (SELECT count(*) || ':' || coalesce(sum(length(content)), 0) FROM entry),
              (SELECT count(*) || ':' || sum(last_seq) || ':' || sum(member_version) || ':'
                 || string_agg(coalesce(title, ''), ',' ORDER BY id) FROM conversation),
              (SELECT count(*) || ':' || sum(role) || ':' || sum(read_seq) FROM member),
              (SELECT count(*) FROM reaction),
              (SELECT count(*) || ':' || string_agg(display_name || password, ',' ORDER BY id) FROM account),
              (SELECT count(*) FROM session), (SELECT count(*) FROM revocation)%s) AS all
            """;

    private final NodeExtension node;
    private final ServerLog log = new ServerLog();
    private final Map<String, String> names = new LinkedHashMap<>();
    private RawSocket socket;

    /** @param node must be registered before this extension */
    Scene(NodeExtension node) {
        this.node = node;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        List<TestUser> users = node.users(5);
        TestUser alice = users.get(0);
        TestUser bob = users.get(1);
        TestUser carol = users.get(2);
        TestUser dave = users.get(3);
        TestUser eve = users.get(4);
        name("alice", alice.id());
        name("bob", bob.id());
        name("carol", carol.id());
        name("dave", dave.id());
        name("nobody", Id.Text.encode(Id.next()));
        name("token", alice.credentials().accessToken());
        name("refreshToken", alice.credentials().refreshToken());
        name("bobSession", bob.connection().welcome().get("session").asText());
        name(
                "aliceName",
                await(node.client().me(alice.credentials().accessToken()))
                        .at("/user/username")
                        .asText());
        String pair = name("pair", alice.openWith(bob));
        alice.say(pair, "one");
        bob.say(pair, "two");
        long recalled = alice.say(pair, "three");
        alice.ask("message.recall", Map.of("conversation", pair, "seq", recalled, "clientId", "recalling"));
        alice.ask("message.react", Map.of("conversation", pair, "seq", 2, "clientId", "reacting", "emoji", "👍"));
        alice.ask("message.send", TestUser.message(pair, "used", "as it was"));
        name("group", dave.createGroup("Geese", alice, bob));
        name("own", alice.createGroup("Own", bob));
        name("left", dave.createGroup("Left", alice));
        alice.ask("group.leave", Map.of("conversation", names.get("left")));
        name("foreign", eve.createGroup("Secret", dave));
        eve.say(names.get("foreign"), "secret");
        name("foreignPair", dave.openWith(eve));
        dave.say(names.get("foreignPair"), "secret");
        name("nowhere", Id.Text.encode(Id.next()));
        log.beforeAll(context);
        socket = RawSocket.open(node.app().port(), names.get("token"));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        log.assertQuiet();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        log.afterAll(context);
        if (socket != null) {
            socket.close();
        }
    }

    /** The rows of a table beside this class, split at the bars. */
    static List<List<String>> table(String file, int columns) {
        try (InputStream in = Objects.requireNonNull(Scene.class.getResourceAsStream(file))) {
            return rows(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines(), columns);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<List<String>> rows(Stream<String> lines, int columns) {
        return lines.filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> Arrays.stream(line.split("\\|", columns))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    /** A valid request of each frame type of the core and the features. */
    static Map<String, String> samples(List<Feature> features) {
        return Stream.concat(
                        table("samples.txt", 2).stream(),
                        rows(features.stream().flatMap(FeatureTestSetup::samples), 2).stream())
                .collect(Collectors.toMap(row -> row.get(0), row -> row.get(1)));
    }

    RawSocket socket() {
        return socket;
    }

    String name(String name) {
        return Objects.requireNonNull(names.get(name));
    }

    private String name(String name, String value) {
        names.put(name, value);
        names.put(name.toUpperCase(Locale.ROOT), value.toUpperCase(Locale.ROOT));
        return value;
    }

    /** Replaces names and repetitions. */
    String filled(String text) {
        if (!text.contains("${")) {
            return text;
        }
        String filled = text;
        for (Map.Entry<String, String> name : names.entrySet()) {
            filled = filled.replace("${" + name.getKey() + "}", name.getValue());
        }
        return REPEATED.matcher(filled)
                .replaceAll(
                        found -> Matcher.quoteReplacement(repeated(found.group(1), Integer.parseInt(found.group(2)))));
    }

    static String repeated(String what, int count) {
        return switch (what) {
            case "ids" -> many(() -> "\"" + Id.Text.encode(Id.next()) + "\"", count);
            case "cursors" -> many(() -> "\"" + Id.Text.encode(Id.next()) + "\":1", count);
            default -> what.repeat(count);
        };
    }

    private static String many(Supplier<String> one, int count) {
        return Stream.generate(one).limit(count).collect(Collectors.joining(","));
    }

    /** The answer to a frame; fails if it is an internal error. Waits when the rate of the frame's type is exceeded. */
    JsonNode ask(String type, String data) throws IOException {
        JsonNode answer = socket.ask(type, "q", data);
        for (int i = 0; i < 10 && answer.at("/error/reason").asText().equals("frames.rate"); i++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(
                    answer.at("/error/retryAfterMs").asLong()));
            answer = socket.ask(type, "q", data);
        }
        assertThat(answer.at("/error/kind").asText()).as(type + brief(data)).isNotEqualTo("internal");
        return answer;
    }

    /** The next answer, with or without an id; skips pushes. */
    JsonNode nextAnswer() throws IOException {
        while (true) {
            RawSocket.Frame frame = socket.read();
            if (frame.opcode() == RawSocket.CLOSE) {
                throw new AssertionError("closed: " + frame.closeCode() + " " + frame.closeReason());
            }
            String type = frame.json().path("type").asText();
            if (type.equals("error") || type.equals("ok")) {
                return frame.json();
            }
        }
    }

    void assertAlive() throws IOException {
        assertThat(ask("ping", "{}").path("type").asText()).isEqualTo("ok");
    }

    /** Everything that a request could change. */
    String stored() throws Exception {
        String ofFeatures = node.features().stream()
                .flatMap(feature -> FeatureTestSetup.of(feature).tables().stream())
                .map(", (SELECT count(*) FROM %s)"::formatted)
                .collect(Collectors.joining());
        return await(node.stores().postgres().query(STORED.formatted(ofFeatures)))
                .iterator()
                .next()
                .getString("all");
    }

    static String brief(String text) {
        return text.length() > 300 ? text.substring(0, 300) + "…" : text;
    }

    /** The UTF-8 bytes of a text, in which {@code \xff} stands for a byte. */
    static byte[] bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (!text.contains("\\x")) {
            return utf8;
        }
        String latin = new String(utf8, StandardCharsets.ISO_8859_1);
        return Pattern.compile("\\\\x([0-9a-f]{2})")
                .matcher(latin)
                .replaceAll(hex -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(hex.group(1), 16))))
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
