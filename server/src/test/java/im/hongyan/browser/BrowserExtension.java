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
import im.hongyan.scenario.PageServer;
import im.hongyan.scenario.ReservedPorts;
import im.hongyan.scenario.TestUser;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server, and users with real Chromium pages, each in a browser profile of their own. A test also fails if a page
 * throws, logs an error, violates its Content-Security-Policy or sends a request to another server. The
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

    private final PageServer server;
    private final List<Device> devices = new ArrayList<>();
    private Chromium chromium;
    private int names;

    /** Pages of one node. */
    BrowserExtension() {
        this(new NodeExtension());
    }

    /** Pages of a server, which starts and ends with this extension. */
    BrowserExtension(PageServer server) {
        this.server = server;
    }

    /** Changes a setting of the node, by its name in the environment. */
    BrowserExtension with(String variable, String value) {
        node().with(variable, value);
        return this;
    }

    /** Runs these features on the node instead of those of the product. */
    BrowserExtension with(List<Feature> features) {
        node().with(features);
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        chromium = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(Chromium.class, key -> Chromium.launch(), Chromium.class);
        if (server instanceof NodeExtension node) {
            node.with("HONGYAN_HTTP_PORT", Integer.toString(ReservedPorts.next()));
        }
        server.beforeAll(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        server.restore();
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
        server.afterAll(context);
    }

    /** The node, if the pages are those of one node. */
    NodeExtension node() {
        return (NodeExtension) server;
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
        JsonNode session = await(server.client()
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
        JsonNode session = await(server.client()
                .call(
                        HttpMethod.POST,
                        "/api/v1/sessions",
                        null,
                        Map.of("username", account.username(), "password", account.password(), "device", "Elsewhere")));
        return open(account, session, options);
    }

    /**
     * Ends the process of a page without any event on the page, as if the user's browser was killed. The rest of the
     * device goes with it.
     */
    void crash(Tab tab) {
        devices.remove(tab.device());
        tab.crash();
        tab.device().close(Optional.empty());
    }

    /** Connects the user of this page with the API client, without a page. */
    TestUser apiClient(Tab tab) throws Exception {
        Account account = tab.account();
        Credentials credentials = await(server.client().signIn(account.username(), account.password()));
        return TestUser.connect(server.client(), credentials);
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
                state.putArray("origins").addObject().put("origin", server.uri().toString());
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
                .setBaseURL(server.uri().toString())
                .setLocale("en-GB")
                .setTimezoneId("Europe/Rome")
                .setReducedMotion(ReducedMotion.REDUCE);
        DESKTOP.andThen(options).accept(context);
        Device device = new Device(name, chromium.browser().newContext(context), server.uri());
        devices.add(device);
        return Tab.open(device, account);
    }
}
