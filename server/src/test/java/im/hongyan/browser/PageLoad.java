package im.hongyan.browser;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Measures how long the web client takes on a slow network until it shows the conversation list with all names. Run it
 * with {@code scripts/measure-page-load}.
 */
final class PageLoad {
    private static final int CONVERSATIONS = 30;
    private static final int ROUND_TRIP_MS = 150;
    private static final int TIMEOUT_MS = 60_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Records when each row of the list has its name. A row without one shows an ellipsis. */
    private static final String WATCH =
            """
            (() => {
              const check = () => {
                const titles = [...document.querySelectorAll("a.row[data-title]")].map((row) => row.dataset.title);
                const complete = titles.length >= %d && titles.every((title) => title && title !== "…");
                if (complete) window.listShown = performance.now();
                else requestAnimationFrame(check);
              };
              requestAnimationFrame(check);
            })()
            """
                    .formatted(CONVERSATIONS);

    /** Chromium delays answers and handshakes, but not the frames of an open socket. */
    private static final String DELAY_FRAMES =
            """
            window.WebSocket = class extends WebSocket {
              send(data) {
                setTimeout(() => super.send(data), %d);
              }
            };
            """
                    .formatted(ROUND_TRIP_MS);

    /** @param paintMs when the page first showed something */
    private record Load(double listMs, double paintMs, int requests, long bytes, List<PageTraffic.Step> steps) {}

    private final Browser browser;
    private final URI server;

    private PageLoad(Browser browser, URI server) {
        this.browser = browser;
        this.server = server;
    }

    /** @param arguments the server's jar and the number of runs */
    public static void main(String[] arguments) throws Exception {
        int runs = Integer.parseInt(arguments[1]);
        try (PageLoadServer server = PageLoadServer.start(Path.of(arguments[0]).toAbsolutePath());
                Chromium chromium = Chromium.launch()) {
            String session = sessionWithConversations(server);
            new PageLoad(chromium.browser(), server.uri()).measure(session, runs);
        }
    }

    private void measure(String session, int runs) {
        Map<String, List<Load>> loads = new LinkedHashMap<>();
        String state = stateWith(session);
        // The first run warms the server up and is not counted. A page keeps its access token in memory, so each load
        // begins with a refresh.
        for (int run = 0; run <= runs; run++) {
            boolean counts = run > 0;
            try (BrowserContext context = context(state)) {
                add(loads, "cold cache", load(context), counts);
                add(loads, "warm cache", load(context), counts);
                state = context.storageState();
            }
        }
        System.out.printf(
                "1.6 Mbit/s, %d ms round trip, %d conversations, %d runs%n", ROUND_TRIP_MS, CONVERSATIONS, runs);
        loads.forEach(PageLoad::print);
    }

    private static void add(Map<String, List<Load>> loads, String name, Load load, boolean counts) {
        if (counts) {
            loads.computeIfAbsent(name, key -> new ArrayList<>()).add(load);
        }
    }

    private BrowserContext context(String state) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setBaseURL(server.toString())
                .setViewportSize(1280, 800)
                .setLocale("en-GB")
                .setStorageState(state));
        context.addInitScript(WATCH);
        context.addInitScript(DELAY_FRAMES);
        return context;
    }

    private static Load load(BrowserContext context) {
        try (Page page = context.newPage()) {
            PageTraffic traffic = new PageTraffic(context.newCDPSession(page), ROUND_TRIP_MS);
            page.navigate("/", new Page.NavigateOptions().setTimeout(TIMEOUT_MS));
            page.waitForFunction(
                    "() => window.listShown", null, new Page.WaitForFunctionOptions().setTimeout(TIMEOUT_MS));
            double listMs = number(page, "() => window.listShown");
            double paintMs =
                    number(page, "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1");
            return new Load(listMs, paintMs, traffic.requests(listMs), traffic.bytes(listMs), traffic.steps(listMs));
        }
    }

    private static double number(Page page, String expression) {
        return ((Number) page.evaluate(expression)).doubleValue();
    }

    private String stateWith(String session) {
        ObjectNode state = JSON.createObjectNode();
        state.putArray("cookies");
        ObjectNode origin = state.putArray("origins").addObject().put("origin", server.toString());
        origin.putArray("localStorage")
                .addObject()
                .put("name", "hongyan.session")
                .put("value", session);
        return state.toString();
    }

    private static void print(String name, List<Load> loads) {
        List<Load> sorted =
                loads.stream().sorted(Comparator.comparing(Load::listMs)).toList();
        Load median = sorted.get(sorted.size() / 2);
        System.out.printf(
                "%n%s: list after %s, first paint after %s, %d requests, %.1f KB%n",
                name,
                spread(loads.stream().map(Load::listMs).toList()),
                spread(loads.stream().map(Load::paintMs).toList()),
                median.requests,
                median.bytes / 1000.0);
        median.steps.forEach(step -> System.out.printf("  %5.0f ms  %s%n", step.atMs(), step.what()));
    }

    private static String spread(List<Double> milliseconds) {
        List<Double> sorted = milliseconds.stream().sorted().toList();
        return "%.2f s (%.2f to %.2f)"
                .formatted(
                        sorted.get(sorted.size() / 2) / 1000,
                        sorted.get(0) / 1000,
                        sorted.get(sorted.size() - 1) / 1000);
    }

    /** Gives one user a message from each of many others. Returns the session as a browser stores it. */
    private static String sessionWithConversations(PageLoadServer server) throws Exception {
        List<Credentials> users = server.createUsers(CONVERSATIONS + 1);
        Credentials reader = users.get(0);
        Vertx vertx = Vertx.vertx();
        try {
            ChatClient client = new ChatClient(vertx, server.uri(), ClientOptions.defaults());
            for (Credentials writer : users.subList(1, users.size())) {
                write(client, writer, reader);
            }
            JsonNode answer = await(client.call(
                    HttpMethod.POST, "/api/v1/sessions/refresh", null, Map.of("refreshToken", reader.refreshToken())));
            ObjectNode session = JSON.createObjectNode();
            session.set("user", answer.get("user"));
            session.set("session", answer.get("session"));
            session.set("refreshToken", answer.get("refreshToken"));
            return session.toString();
        } finally {
            await(vertx.close());
        }
    }

    private static void write(ChatClient client, Credentials writer, Credentials reader) throws Exception {
        ChatConnection connection = await(client.connect(writer.accessToken(), (type, data) -> {}));
        JsonNode opened = await(connection.request("conversation.open", Map.of("user", reader.user())));
        await(connection.request(
                "message.send",
                Map.of(
                        "conversation", opened.at("/conversation/id").asText(),
                        "clientId", UUID.randomUUID().toString(),
                        "content", Map.of("type", "text", "text", "A wild goose carries letters."))));
        await(connection.close());
    }
}
