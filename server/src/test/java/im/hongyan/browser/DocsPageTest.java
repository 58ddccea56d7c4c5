package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.scenario.TestUser;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The documentation of the protocol in a real browser: it is complete, its links work and its examples run. */
class DocsPageTest {
    /** The password of the demo's users, which the first example uses. */
    private static final String PASSWORD = "wild-geese-fly";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void page_showsEverythingDescribed() throws Exception {
        Page page = page(1280, 800);
        List<String> ids = new ArrayList<>();
        JsonNode frames = described(page, "asyncapi.json");
        frames.get("operations").fieldNames().forEachRemaining(ids::add);
        frames.get("x-reasons").fieldNames().forEachRemaining(reason -> ids.add("reason." + reason));
        frames.get("x-close-codes").fieldNames().forEachRemaining(code -> ids.add("close." + code));
        described(page, "openapi.json")
                .get("paths")
                .findValuesAsText("operationId")
                .forEach(call -> ids.add("call." + call));

        Object missing =
                page.evaluate("(ids) => ids.filter((id) => !document.getElementById(id)?.checkVisibility())", ids);

        assertThat(ids).hasSizeGreaterThan(100).contains("message.send", "push.entry", "call.signIn");
        assertThat((List<?>) missing).isEmpty();
    }

    private static JsonNode described(Page page, String document) throws Exception {
        return new ObjectMapper()
                .readTree(page.request().get("/docs/" + document).body());
    }

    @Test
    void links_haveTargets() throws Exception {
        Page page = page(1280, 800);

        Object lost = page.evaluate("() => [...document.querySelectorAll('a[href^=\"#\"]')]"
                + ".map((link) => decodeURIComponent(link.hash.slice(1)))"
                + ".filter((id) => id && !document.getElementById(id))");

        assertThat((List<?>) lost).isEmpty();
        assertThat(page.locator("a[href^='#type.']").count()).isGreaterThan(10);
    }

    @Test
    void urlHash_scrollsToFrame() throws Exception {
        Page page = page(1280, 800, "#group.members");

        assertThat(byId(page, "group.members").locator("h3")).isInViewport();
        assertThat(page.locator(".toc a[aria-current]")).hasText("group.members");
    }

    @Test
    void search_byReason_opensReason() throws Exception {
        Page page = page(1280, 800);

        page.keyboard().press("/");
        page.keyboard().type("client_id.reu");
        assertThat(page.locator("#results [role=option]").first()).containsText("You have used this clientId");
        page.keyboard().press("Enter");

        assertThat(byId(page, "reason.client_id.reused")).isInViewport();
        assertThat(page).hasURL(Pattern.compile("#reason\\.client_id\\.reused$"));
        assertThat(page.locator("#results")).isHidden();
    }

    @Test
    void copy_putsValidFrameOnClipboard() throws Exception {
        Page page = page(1280, 800);
        page.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));

        Locator example = byId(page, "message.send").locator(".code").first();
        example.getByText("Copy").click();
        assertThat(example.getByText("Copied")).isVisible();

        JsonNode copied = new ObjectMapper().readTree((String) page.evaluate("() => navigator.clipboard.readText()"));
        assertThat(copied.get("type").asText()).isEqualTo("message.send");
        assertThat(copied.at("/data/conversation").asText()).hasSize(26);
    }

    @Test
    void phone_showsContentsInDrawer() throws Exception {
        Page page = page(390, 844);
        assertThat(page.locator("#side")).not().isVisible();
        assertThat((Boolean) page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))
                .isTrue();

        page.locator("#menu").click();
        page.locator("#side").getByText("entries.read").click();

        assertThat(page.locator("#side")).not().isVisible();
        assertThat(byId(page, "entries.read").locator("h3")).isInViewport();
    }

    @Test
    void back_withDrawerOpen_closesDrawer() throws Exception {
        Page page = page(390, 844);
        int entries = entries(page);
        page.locator("#menu").click();
        assertThat(page.locator("#side")).isVisible();
        page.waitForFunction("() => history.state?.layers === 1");

        page.goBack();
        assertThat(page.locator("#side")).not().isVisible();
        assertThat(page).hasURL(Pattern.compile("/docs/$"));

        page.locator("#menu").click();
        page.locator("#side").getByText("entries.read").click();
        assertThat(byId(page, "entries.read").locator("h3")).isInViewport();
        assertThat(page).hasURL(Pattern.compile("#entries\\.read$"));
        assertThat(entries(page)).as("the link took over the drawer's entry").isEqualTo(entries + 1);
        page.goBack();
        assertThat(page).hasURL(Pattern.compile("/docs/$"));
        assertThat(page.locator("#side")).not().isVisible();
    }

    @Test
    void desktop_showsContentsBesideText_withoutEntry() throws Exception {
        Page page = page(1280, 800);
        int entries = entries(page);
        page.keyboard().press("/");
        assertThat(page.locator("#search")).isFocused();
        assertThat(entries(page)).isEqualTo(entries);
    }

    private static int entries(Page page) {
        return (Integer) page.evaluate("() => history.length");
    }

    @ParameterizedTest
    @ValueSource(strings = {"With hongyan.js", "Plain WebSocket"})
    void firstExample_runsUnchanged(String tab) throws Exception {
        registerAndSignIn("lin");
        Credentials credentials = registerAndSignIn("marco");
        TestUser marco = TestUser.connect(browser.node().client(), credentials);
        Page page = page(1280, 800);
        page.locator("#start").getByText(tab).click();
        Locator code = page.locator("#start .code pre");
        assertThat(code).containsText(tab.equals("Plain WebSocket") ? "new WebSocket" : "new Hongyan");

        // As pasted into the console.
        page.evaluate("async () => {\n" + code.textContent() + "\n}");

        JsonNode entry = marco.receive("entry", any -> true);
        assertThat(entry.at("/content/text").asText()).isEqualTo("Ciao 你好");
    }

    private static Credentials registerAndSignIn(String username) throws Exception {
        try {
            await(browser.node()
                    .client()
                    .call(
                            HttpMethod.POST,
                            "/api/v1/accounts",
                            null,
                            Map.of("username", username, "password", PASSWORD)));
        } catch (ChatError taken) {
            assertThat(taken.reason()).isEqualTo("username.taken");
        }
        return await(browser.node().client().signIn(username, PASSWORD));
    }

    private static Page page(int width, int height) throws Exception {
        return page(width, height, "");
    }

    private static Page page(int width, int height, String hash) throws Exception {
        Tab reader = browser.newVisitor("Reader", options -> options.setViewportSize(width, height));
        Page page = reader.page();
        page.navigate("/docs/" + hash);
        assertThat(page.locator("#start .code")).isVisible();
        return page;
    }

    private static Locator byId(Page page, String id) {
        return page.locator("[id=\"" + id + "\"]");
    }
}
