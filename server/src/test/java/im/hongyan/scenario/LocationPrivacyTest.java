package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.store.redis.Redis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** After a share has ended, its exact digits are in no table, log line, file, metric or key. */
@Timeout(180)
class LocationPrivacyTest {
    private static final List<String> DIGITS = List.of("5.738291", "9.462817", "5.738294", "9.462813");
    /** Of a place, which is a message: shows that the search finds what is stored. */
    private static final String PLACE = "5.519483";

    @TempDir
    static Path directory;

    private static final class Recorder extends AppenderBase<ILoggingEvent> {
        final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLoggerName()
                    + event.getFormattedMessage()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : event.getThrowableProxy().getMessage()));
        }
    }

    @Test
    void endedShare_leavesNoDigits() throws Exception {
        Recorder log = new Recorder();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        log.setContext(root.getLoggerContext());
        log.start();
        root.addAppender(log);
        root.setLevel(Level.DEBUG);
        Path data = directory.resolve("data");
        Map<String, String> settings = new HashMap<>(LocationScenario.SETTINGS);
        settings.put("HONGYAN_LOCATION_MIN_UPDATE_MS", "100");
        try (FragileNode node = new FragileNode(data, settings)) {
            ChatClient one = node.client(Duration.ofSeconds(30));
            ChatClient other = node.clientOfAnotherNode();
            var accounts = node.accounts(2);
            LocationUser ada = new LocationUser(TestUser.connect(one, accounts.get(0)));
            LocationUser bob = new LocationUser(TestUser.connect(other, accounts.get(1)));
            String pair = ada.person().openWith(bob.person());
            Redis redis = node.redis();
            bob.watch(pair);
            ada.start(pair, 900, "precise");
            ada.move(45.738291, 9.462817);
            bob.position(ada.share(), item -> item.has("n"));
            assertThat(found(keys(redis))).as("while it runs").containsExactly("5.738291", "9.462817");
            // Refusals are no leak either.
            ada.person().refused("location.update", ada.update(9, 95.738294, 9.462813));
            bob.person().refused("location.update", ada.update(9, 45.738294, 9.462813));
            ada.person()
                    .ask(
                            "message.send",
                            Map.of(
                                    "conversation",
                                    pair,
                                    "clientId",
                                    "place",
                                    "content",
                                    Map.of("type", "place", "latitude", 45.519483, "longitude", 1)));

            ada.stop();

            bob.ended(ada.share());
            ada.person().refused("location.update", ada.update(10, 45.738294, 9.462813));
            eventually(() -> found(keys(redis)).isEmpty());
            List<String> rows = rows(node);
            assertThat(rows).anyMatch(row -> row.contains(PLACE));
            assertThat(found(rows)).isEmpty();
            for (URI admin : node.adminUris()) {
                assertThat(found(List.of(metrics(admin)))).isEmpty();
            }
            await(node.postgres().query("SELECT 1"));
            assertThat(filesWith(data, List.of(PLACE)))
                    .as("the search finds what is stored")
                    .isNotEmpty();
            assertThat(filesWith(data, DIGITS)).isEmpty();
            await(redis.close());
        } finally {
            root.setLevel(before);
            root.detachAppender(log);
        }
        assertThat(log.lines).isNotEmpty();
        assertThat(found(log.lines)).isEmpty();
        // What the servers have written when they stopped.
        assertThat(filesWith(data, DIGITS)).isEmpty();
    }

    private static List<String> found(List<String> texts) {
        return DIGITS.stream()
                .filter(digits -> texts.stream().anyMatch(text -> text.contains(digits)))
                .toList();
    }

    /** Every row of every table, as text. */
    private static List<String> rows(FragileNode node) throws Exception {
        List<String> rows = new ArrayList<>();
        for (Row table : await(node.postgres()
                .query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"))) {
            String name = table.getString("tablename");
            for (Row row : await(node.postgres().query("SELECT t::text AS row FROM \"" + name + "\" t"))) {
                rows.add(name + row.getString("row"));
            }
        }
        return rows;
    }

    /** Every key with its value. */
    private static List<String> keys(Redis redis) throws Exception {
        List<String> all = new ArrayList<>();
        for (Response key : await(redis.send(Request.cmd(Command.KEYS).arg("*")))) {
            String type = await(redis.send(Request.cmd(Command.TYPE).arg(key.toString())))
                    .toString();
            Request value =
                    switch (type) {
                        case "hash" -> Request.cmd(Command.HGETALL).arg(key.toString());
                        case "string" -> Request.cmd(Command.GET).arg(key.toString());
                        case "zset" ->
                            Request.cmd(Command.ZRANGE)
                                    .arg(key.toString())
                                    .arg(0)
                                    .arg(-1);
                        case "set" -> Request.cmd(Command.SMEMBERS).arg(key.toString());
                        case "list" ->
                            Request.cmd(Command.LRANGE)
                                    .arg(key.toString())
                                    .arg(0)
                                    .arg(-1);
                        default -> null;
                    };
            // A key may have expired meanwhile.
            Response read = value == null ? null : await(redis.send(value));
            all.add(key + " " + (read == null ? "" : read.toString()));
        }
        return all;
    }

    private static String metrics(URI admin) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(admin.resolve("/metrics")).build();
        String body = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        assertThat(body).contains("hongyan_location_updates");
        return body;
    }

    private static List<Path> filesWith(Path folder, List<String> digits) throws IOException {
        List<Path> with = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).toList();
        } catch (UncheckedIOException e) {
            // PostgreSQL deletes files while it runs.
            return filesWith(folder, digits);
        }
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                String text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
                if (digits.stream().anyMatch(text::contains)) {
                    with.add(file);
                }
            } catch (NoSuchFileException gone) {
                // PostgreSQL has deleted it meanwhile.
            }
        }
        return with;
    }
}
