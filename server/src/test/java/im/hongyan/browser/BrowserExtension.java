package im.hongyan.browser;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.options.ReducedMotion;
import im.hongyan.feature.Feature;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.TestUser;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One node, and users with real Chromium pages, each in a browser profile of their own. A test also fails if a page
 * throws, logs an error, violates its Content-Security-Policy or sends a request to another server than the node. The
 * screenshots and traces of a failed test are in {@code target/browser}.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final BrowserExtension browser = new BrowserExtension();
 *
 * Tab ada = browser.newUser("Ada");
 * }</pre>
 */
final class BrowserExtension implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    static final Consumer<Browser.NewContextOptions> DESKTOP = options -> options.setViewportSize(1280, 800);
    static final Consumer<Browser.NewContextOptions> PHONE =
            options -> options.setViewportSize(390, 844).setHasTouch(true).setIsMobile(true);

    private final NodeExtension node = new NodeExtension();
    private final List<Device> devices = new ArrayList<>();
    private Chromium chromium;
    private int names;

    /** Changes a setting of the node, by its name in the environment. */
    BrowserExtension with(String variable, String value) {
        node.with(variable, value);
        return this;
    }

    /** Runs these features on the node instead of those of the product. */
    BrowserExtension with(List<Feature> features) {
        node.with(features);
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        chromium = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(Chromium.class, key -> Chromium.launch(), Chromium.class);
        node.with("HONGYAN_HTTP_PORT", Integer.toString(reservedPort()));
        node.beforeAll(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        if (!node.isRunning()) {
            node.start();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Optional<Throwable> failure = context.getExecutionException();
        List<String> problems = new ArrayList<>();
        for (Device device : devices) {
            problems.addAll(device.problems());
        }
        boolean failed = failure.isPresent() || !problems.isEmpty();
        Path folder = Path.of(
                        "target", "browser", context.getRequiredTestClass().getSimpleName())
                .resolve(context.getRequiredTestMethod().getName());
        for (Device device : devices) {
            device.close(failed ? Optional.of(folder) : Optional.empty());
        }
        devices.clear();
        if (!problems.isEmpty()) {
            AssertionError unexpected = new AssertionError("problems on the pages: " + String.join("\n  ", problems));
            failure.ifPresentOrElse(thrown -> thrown.addSuppressed(unexpected), () -> {
                throw unexpected;
            });
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        node.afterAll(context);
    }

    NodeExtension node() {
        return node;
    }

    /** A visitor without an account, on the sign-up page. */
    Tab newVisitor(String displayName) throws Exception {
        return newVisitor(displayName, options -> {});
    }

    Tab newVisitor(String displayName, Consumer<Browser.NewContextOptions> options) throws Exception {
        return open(account(displayName), options);
    }

    /** Creates a user and opens the web client, signed in, on a desktop. */
    Tab newUser(String displayName) throws Exception {
        return newUser(displayName, options -> {});
    }

    Tab newUser(String displayName, Consumer<Browser.NewContextOptions> options) throws Exception {
        Account account = account(displayName);
        JsonNode session = await(node.client()
                .call(
                        HttpMethod.POST,
                        "/api/v1/accounts",
                        null,
                        Map.of(
                                "username", account.username(),
                                "password", account.password(),
                                "displayName", displayName)));
        return open(account, session, options);
    }

    /** Opens the web client for the same user on a phone, signed in. */
    Tab phoneOf(Tab tab) throws Exception {
        return signIn(tab.account(), PHONE);
    }

    /** Opens the web client for an existing user, signed in on a new device. */
    Tab signIn(Account account, Consumer<Browser.NewContextOptions> options) throws Exception {
        JsonNode session = await(node.client()
                .call(
                        HttpMethod.POST,
                        "/api/v1/sessions",
                        null,
                        Map.of("username", account.username(), "password", account.password(), "device", "Elsewhere")));
        return open(account, session, options);
    }

    /** Connects the user of this page with the API client, without a page. */
    TestUser apiClient(Tab tab) throws Exception {
        Account account = tab.account();
        Credentials credentials = await(node.client().signIn(account.username(), account.password()));
        return TestUser.connect(node.client(), credentials);
    }

    private Account account(String displayName) {
        String plain = displayName.replaceAll("[^A-Za-z]", "").toLowerCase(java.util.Locale.ROOT);
        String username = (plain + "someone").substring(0, Math.min(plain.length(), 12) + 1) + ++names;
        return new Account(username.length() < 3 ? "some" + username : username, displayName, Account.PASSWORD);
    }

    /** Opens a page with a stored session, because most tests do not need the sign-in forms. */
    private Tab open(Account account, JsonNode session, Consumer<Browser.NewContextOptions> options) throws Exception {
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        kept.set("user", session.get("user"));
        kept.set("session", session.get("session"));
        kept.set("refreshToken", session.get("refreshToken"));
        ObjectNode state = JsonNodeFactory.instance.objectNode();
        state.putArray("cookies");
        ObjectNode origin =
                state.putArray("origins").addObject().put("origin", node.uri().toString());
        origin.putArray("localStorage")
                .add(item("hongyan.session", kept.toString()))
                .add(item("hongyan.known", "1"));
        return open(account, options.andThen(with -> with.setStorageState(state.toString())));
    }

    private static ObjectNode item(String name, String value) {
        return JsonNodeFactory.instance.objectNode().put("name", name).put("value", value);
    }

    private Tab open(Account account, Consumer<Browser.NewContextOptions> options) {
        String name = account.username() + (devices.isEmpty() ? "" : "-" + devices.size());
        Browser.NewContextOptions context = new Browser.NewContextOptions()
                .setBaseURL(node.uri().toString())
                .setLocale("en-GB")
                .setTimezoneId("Europe/Rome")
                .setReducedMotion(ReducedMotion.REDUCE);
        DESKTOP.andThen(options).accept(context);
        Device device = new Device(name, chromium.browser().newContext(context), node.uri());
        devices.add(device);
        return Tab.open(device, account);
    }

    /**
     * A free port below the ephemeral range, so that no other socket takes it while the node is stopped, and no
     * connection attempt connects to itself. Each process that runs tests has its own range.
     */
    private static int reservedPort() throws IOException {
        int first = 18_700 + 100 * Integer.getInteger("tests.fork", 1);
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(first, first + 100);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException e) {
                // The port is taken: try another one.
            }
        }
        throw new IOException("no port between " + first + " and " + (first + 99) + " is free");
    }
}
