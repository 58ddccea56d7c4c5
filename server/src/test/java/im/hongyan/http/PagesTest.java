package im.hongyan.http;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.PagePolicy;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The built web client as browsers get it: names, headers, encodings. */
class PagesTest {
    private static final PageOptions BUNDLE = new PageOptions(List.of(), PagePolicy.NONE, Optional.empty());
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"#]+)\"");
    private static final Pattern HASHED = Pattern.compile(".+-[0-9a-f]{10}\\.\\w+|/chunk-[0-9A-Z]{8}\\.js");

    private final HttpClient http = HttpClient.newHttpClient();
    private Vertx vertx;
    private URI server;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private void serve(PageOptions options) throws Exception {
        Router router = Router.router(vertx);
        Pages pages = new Pages(vertx, options, "127.0.0.1"::equals);
        pages.secure(router);
        pages.mount(router);
        HttpServer listening =
                await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
        server = URI.create("http://127.0.0.1:" + listening.actualPort());
    }

    private HttpResponse<byte[]> ask(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.resolve(path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private String text(String path) throws Exception {
        HttpResponse<byte[]> answer = ask("GET", path);
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private List<String> references(String page) throws Exception {
        URI base = URI.create(page);
        return REFERENCE
                .matcher(text(page))
                .results()
                .map(found -> base.resolve(found.group(1)).toString())
                .filter(path -> !path.endsWith("/") && !path.endsWith("api.json"))
                .distinct()
                .toList();
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/docs/"})
    void everythingThatAPageNames_isHashedAndImmutable(String page) throws Exception {
        serve(BUNDLE);

        List<String> references = references(page);

        assertThat(references).hasSizeGreaterThan(3).allSatisfy(path -> {
            assertThat(path).matches(HASHED);
            HttpResponse<byte[]> answer = ask("GET", path);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(header(answer, "Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        });
    }

    @Test
    void app_loadsFewFiles() throws Exception {
        serve(BUNDLE);

        assertThat(references("/")).hasSizeLessThanOrEqualTo(12);
        assertThat(text("/")).containsOnlyOnce("rel=\"stylesheet\"").contains("rel=\"modulepreload\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/hongyan.js", "/features/call/client.js"})
    void moduleOfALibrary_loadsInPagesOfOtherOrigins_withItsImports(String path) throws Exception {
        serve(BUNDLE);

        List<String> imported = Pattern.compile("from\\s*\"([^\"]+)\"")
                .matcher(text(path))
                .results()
                .map(found -> URI.create(path).resolve(found.group(1)).toString())
                .toList();

        assertThat(Stream.concat(Stream.of(path), imported.stream()))
                .hasSizeGreaterThan(1)
                .allSatisfy(module -> {
                    HttpResponse<byte[]> answer = ask("GET", module, "Origin", "https://pages.example");
                    assertThat(header(answer, "Access-Control-Allow-Origin"))
                            .as(module)
                            .isEqualTo("*");
                });
        assertThat(header(ask("GET", "/", "Origin", "https://pages.example"), "Access-Control-Allow-Origin"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/index.html",
                "/docs/",
                "/hongyan.js",
                "/features/call/client.js",
                "/docs/examples/hongyan.js"
            })
    void stableName_isRevalidated(String path) throws Exception {
        serve(BUNDLE);
        HttpResponse<byte[]> answer = ask("GET", path);
        String tag = header(answer, "ETag");

        HttpResponse<byte[]> again = ask("GET", path, "If-None-Match", "\"other\", " + tag);

        assertThat(header(answer, "Cache-Control")).isEqualTo("no-cache");
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(header(again, "ETag")).isEqualTo(tag);
        assertThat(header(again, "Cache-Control")).isEqualTo("no-cache");
        assertThat(ask("GET", path, "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    }

    @Test
    void hongyanJs_sharesTheChunkOfTheApp() throws Exception {
        serve(BUNDLE);

        List<String> chunks = Pattern.compile("chunk-\\w+\\.js")
                .matcher(text("/hongyan.js"))
                .results()
                .map(MatchResult::group)
                .toList();

        assertThat(chunks).isNotEmpty().allSatisfy(chunk -> assertThat(text("/"))
                .contains("\"" + chunk + "\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "gzip, deflate, br | gzip",
                "br;q=1, GZIP ;q=0.5 | gzip",
                "gzip;q=0 | none",
                "br, identity | none",
                "none | none"
            })
    void encoding_isChosenByTheBrowser(String accepted, String encoding) throws Exception {
        serve(BUNDLE);

        HttpResponse<byte[]> answer = accepted == null ? ask("GET", "/") : ask("GET", "/", "Accept-Encoding", accepted);

        assertThat(answer.headers().firstValue("Content-Encoding")).isEqualTo(Optional.ofNullable(encoding));
        assertThat(header(answer, "Vary")).isEqualTo("Accept-Encoding");
        assertThat(header(answer, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(encoding == null ? answer.body() : unzipped(answer.body()))
                .isEqualTo(ask("GET", "/").body());
        assertThat(header(answer, "ETag").contains("gzip")).isEqualTo(encoding != null);
    }

    private static byte[] unzipped(byte[] content) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(content))) {
            return in.readAllBytes();
        }
    }

    /** Backtracking over the digits would take seconds on an event loop. */
    @Test
    @Timeout(10)
    void encoding_longMalformedWeight_isIgnored() throws Exception {
        serve(BUNDLE);
        for (int i = 0; i < 20; i++) {
            HttpResponse<byte[]> answer = ask("GET", "/", "Accept-Encoding", "gzip;q=0." + "1".repeat(7_000) + "x");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "Content-Encoding")).isEmpty();
        }
    }

    @Test
    void path_manySegments_isNotFound() throws Exception {
        serve(BUNDLE);
        assertThat(ask("GET", "/" + "a/".repeat(1_900) + "x").statusCode()).isEqualTo(404);
    }

    @Test
    void head_hasTheHeadersOfGet() throws Exception {
        serve(BUNDLE);
        for (String path : List.of("/", "/hongyan.js")) {
            HttpResponse<byte[]> get = ask("GET", path, "Accept-Encoding", "gzip");

            HttpResponse<byte[]> head = ask("HEAD", path, "Accept-Encoding", "gzip");

            assertThat(head.body()).isEmpty();
            assertThat(head.headers().map()).isEqualTo(get.headers().map());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nothing.js",
                "/app.js",
                "/web-files.txt",
                "/im/hongyan/App.class",
                "/features/sample/feature.js",
                "/art",
                "/art/",
                "/..%2fweb-files.txt",
                "/%00.js"
            })
    void unknownPath_isNotFound(String path) throws Exception {
        serve(BUNDLE);

        assertThat(ask("GET", path).statusCode()).isEqualTo(404);
    }

    @Test
    void policies_areStrictByDefault() throws Exception {
        serve(BUNDLE);

        HttpResponse<byte[]> page = ask("GET", "/");

        assertThat(header(page, "Content-Security-Policy").split("; "))
                .containsExactlyInAnyOrder(
                        "default-src 'self'",
                        "connect-src 'self' ws://127.0.0.1:" + server.getPort() + " wss://127.0.0.1:"
                                + server.getPort(),
                        "img-src 'self' blob: data:",
                        "style-src 'self'",
                        "script-src 'self'",
                        "object-src 'none'",
                        "base-uri 'none'",
                        "form-action 'self'",
                        "frame-ancestors 'none'");
        assertThat(header(page, "Permissions-Policy")).contains("camera=()", "geolocation=()", "microphone=()");
        assertThat(text("/")).doesNotContain("<style", "style=", "onload=");
    }

    @Test
    void policies_behindProxy_nameItsHost() throws Exception {
        serve(BUNDLE);

        HttpResponse<byte[]> page = ask("GET", "/", "X-Forwarded-Host", "chat.example", "X-Forwarded-Proto", "https");

        assertThat(header(page, "Content-Security-Policy")).contains("connect-src 'self' wss://chat.example;");
        assertThat(header(ask("GET", "/", "X-Forwarded-Host", "x; script-src *"), "Content-Security-Policy"))
                .contains("wss://127.0.0.1:" + server.getPort())
                .doesNotContain("script-src *");
    }

    @Test
    void policies_includeWhatFeaturesContribute() throws Exception {
        PagePolicy calls = PagePolicy.NONE.allow("media-src", "blob:").permit("camera", "self");
        serve(BUNDLE.withFeatures(List.of(), calls));

        HttpResponse<byte[]> page = ask("GET", "/");

        assertThat(header(page, "Content-Security-Policy")).contains("media-src 'self' blob:");
        assertThat(header(page, "Permissions-Policy")).contains("camera=(self)", "microphone=()");
    }

    @Test
    void features_areNamedInThePageAndServedFromTheClassPath() throws Exception {
        serve(BUNDLE.withFeatures(List.of("features/sample/feature.js"), PagePolicy.NONE));

        String page = text("/");

        assertThat(page).contains("<meta name=\"features\" content=\"features/sample/feature.js\">");
        assertThat(new String(
                        unzipped(ask("GET", "/", "Accept-Encoding", "gzip").body()), StandardCharsets.UTF_8))
                .isEqualTo(page);
        HttpResponse<byte[]> module = ask("GET", "/features/sample/feature.js");
        assertThat(new String(module.body(), StandardCharsets.UTF_8)).contains("export default");
        assertThat(header(module, "Cache-Control")).isEqualTo("no-cache");
        assertThat(header(module, "Content-Type")).isEqualTo("text/javascript; charset=utf-8");
        assertThat(ask("GET", "/features/sample/missing.js").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/features/other/feature.js").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"feature.js", "/features/x/feature.js", "features/../x.js", "https://x/y.js", "a/b.js\""})
    void featureModule_thatIsNoPathInAFolder_isRefused(String module) {
        assertThatThrownBy(() -> BUNDLE.withFeatures(List.of(module), PagePolicy.NONE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sources_areServedAsTheyAreNow(@TempDir Path folder) throws Exception {
        Files.createDirectories(folder.resolve("views"));
        Files.writeString(folder.resolve("index.html"), "<meta name=\"features\" content=\"\">");
        Path module = folder.resolve("views/one.js");
        Files.writeString(module, "one");
        serve(new PageOptions(List.of("features/sample/feature.js"), PagePolicy.NONE, Optional.of(folder)));

        assertThat(text("/")).contains("features/sample/feature.js");
        assertThat(text("/views/one.js")).isEqualTo("one");
        Files.writeString(module, "two");
        assertThat(text("/views/one.js")).isEqualTo("two");
        assertThat(text("/features/sample/feature.js")).contains("export default");
        assertThat(ask("GET", "/views/two.js").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/views").statusCode()).isEqualTo(404);
    }

    /** The bundler resolves imports in its own way, so a browser could miss a module that the bundler finds. */
    @Test
    void sources_runWithoutTheBundler() throws Exception {
        Path sources = Path.of("src/main/resources/web");
        Pattern imported = Pattern.compile("(?m)^(?:import|export)[^;]*? from \"(\\.[^\"]+)\";");
        try (Stream<Path> files = Files.walk(sources)) {
            List<Path> modules =
                    files.filter(file -> file.toString().endsWith(".js")).toList();
            assertThat(modules).hasSizeGreaterThan(50);
            for (Path module : modules) {
                imported.matcher(Files.readString(module)).results().forEach(found -> assertThat(
                                module.resolveSibling(found.group(1)).normalize())
                        .as("imported by %s", module)
                        .isRegularFile());
            }
        }
    }
}
