package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.WebSocketRoute;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A feature that is not in the bundle: the page lists its module, and the web client shows all its parts. */
class ListedFeatureTest {
    private static final String MODULE =
            """
            import { h, HongyanError, openDialog, t } from "../../kit.js";

            class Sample {
              votes = 0;

              constructor({ client, store }) {
                client.on("sample.voted", ({ votes }) => {
                  this.votes = votes;
                  store.touch("entries", store.viewing);
                });
              }
            }

            const texts = (title) => ({ "sample.title": title, "sample.closed": "This poll is closed." });

            export default {
              name: "sample",
              texts: { en: texts("Polls"), zh: texts("投票"), it: texts("Sondaggi") },
              icons: `<svg xmlns="http://www.w3.org/2000/svg"><symbol id="sample" viewBox="0 0 24 24"></symbol></svg>`,
              styles: ["features/sample/sample.css"],
              store: (context) => new Sample(context),
              entries: {
                vote: {
                  line: (store, { content }) => `Voted for ${content.option}`,
                  isBubble: () => true,
                  bubble({ store }, { content }) {
                    const { votes } = store.part("sample");
                    const text = `${content.option}: ${votes}`;
                    const make = (meta) => h("button", { class: "sample-vote", testid: "vote" }, text, meta);
                    return { deps: [votes], make };
                  },
                },
              },
              contents: {
                poll: {
                  line: (store, { content }) => `[Poll] ${content.question}`,
                  body: (app, { content }) => ({
                    deps: [],
                    make: (meta) => h("p", { testid: "poll" }, content.question, meta),
                  }),
                },
              },
              composerItems: [
                {
                  label: "sample.title",
                  icon: "sample",
                  testid: "menu-sample",
                  choose: () => Promise.reject(new HongyanError({ kind: "conflict", reason: "sample.closed" })),
                },
              ],
              errors: { "sample.closed": "sample.closed" },
              routes: {
                sample: { open: () => openDialog({ title: t("sample.title"), testid: "sample", content: [] }) },
              },
              sidebarItems: [{ label: "sample.title", icon: "sample", testid: "sample-open", route: "sample" }],
              profileItems: [
                {
                  label: "sample.title",
                  icon: "sample",
                  testid: "profile-sample",
                  available: ({ store }, user) => user !== store.me,
                  choose: () => {},
                },
              ],
            };
            """;

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void listedModule_isLoaded_andShowsAllParts() throws Exception {
        Tab bo = browser.newUser("Bo");
        Tab ada = browser.newUser("Ada");
        AtomicReference<WebSocketRoute> socket = listFeature(ada);
        ada.startChatWith(bo);
        ada.say("Hello");

        push(socket, "entry", entry(ada, bo, 2, "vote", new JsonObject().put("option", "Tea")));
        assertThat(ada.byTestId("vote")).hasText(Pattern.compile("Tea: 0.*"));
        assertThat(ada.byTestId("vote")).hasCSS("color", "rgb(1, 2, 3)");
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("Voted for Tea");
        push(socket, "sample.voted", new JsonObject().put("votes", 7));
        assertThat(ada.byTestId("vote")).hasText(Pattern.compile("Tea: 7.*"));
        JsonObject poll = new JsonObject().put("type", "poll").put("question", "Tea or coffee?");
        push(socket, "entry", entry(ada, bo, 3, "message", poll));
        assertThat(ada.byTestId("poll")).hasText(Pattern.compile("Tea or coffee\\?.*"));
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("[Poll] Tea or coffee?");

        ada.byTestId("composer-more").click();
        assertThat(ada.page().locator("[data-testid=menu-sample] use")).hasAttribute("href", "#icon-sample");
        assertThat(ada.page().locator("#icon-sample")).hasCount(1);
        ada.byTestId("menu-sample").click();
        assertThat(ada.byTestId("toast")).hasText("This poll is closed.");
        ada.byTestId("details-open").click();
        assertThat(ada.byTestId("profile-sample")).hasText("Polls");

        ada.byTestId("sample-open").click();
        assertThat(ada.page()).hasURL(Pattern.compile(".*#sample$"));
        assertThat(ada.byTestId("sample")).containsText("Polls");
        ada.byTestId("sample").getByTestId("dialog-close").click();
        assertThat(ada.page()).not().hasURL(Pattern.compile(".*#sample$"));
        ada.page().navigate("/#sample");
        assertThat(ada.byTestId("sample")).isVisible();
    }

    @Test
    void listedModule_missing_isSkipped() throws Exception {
        Tab ada = browser.newUser("Ada");
        ada.device().expectError(".*features/missing/feature.js.*");
        ada.device().expectError("Failed to load resource: the server responded with a status of 404.*");
        list(ada.page(), "features/missing/feature.js");
        ada.page().reload();
        ada.assertOnline();
        assertThat(ada.byTestId("sidebar")).isVisible();
    }

    /**
     * Reloads the page with the feature in its list.
     *
     * @return the page's socket
     */
    private static AtomicReference<WebSocketRoute> listFeature(Tab tab) {
        AtomicReference<WebSocketRoute> socket = new AtomicReference<>();
        Page page = tab.page();
        page.routeWebSocket(Pattern.compile(".*/ws$"), route -> {
            route.connectToServer();
            socket.set(route);
        });
        list(page, "features/sample/feature.js");
        page.route("**/features/sample/feature.js", route -> answer(route, "text/javascript", MODULE));
        page.route(
                "**/features/sample/sample.css",
                route -> answer(route, "text/css", ".sample-vote { color: rgb(1, 2, 3); }"));
        page.reload();
        tab.assertOnline();
        return socket;
    }

    /** Adds a module to the page's list before its scripts of type module run. */
    private static void list(Page page, String module) {
        page.addInitScript(
                """
                document.addEventListener("readystatechange", () => {
                  if (document.readyState !== "interactive") return;
                  document.querySelector('meta[name="features"]')?.remove();
                  const meta = document.createElement("meta");
                  meta.name = "features";
                  meta.content = "%s";
                  document.head.append(meta);
                });
                """
                        .formatted(module));
    }

    private static void answer(Route route, String type, String body) {
        route.fulfill(new Route.FulfillOptions().setContentType(type).setBody(body));
    }

    private static void push(AtomicReference<WebSocketRoute> socket, String type, JsonObject data) {
        socket.get().send(new JsonObject().put("type", type).put("data", data).encode());
    }

    private static JsonObject entry(Tab tab, Tab sender, int seq, String kind, JsonObject content) {
        return new JsonObject()
                .put("conversation", tab.conversationId())
                .put("seq", seq)
                .put("kind", kind)
                .put("sender", sender.userId())
                .put("at", Instant.now().toString())
                .put("content", content)
                .put("summary", "Something")
                .put("counts", true);
    }
}
