package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitUntilState;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the page shows before the app has loaded, and when it cannot be loaded. */
class PageStartTest {
    private static final Pattern APP = Pattern.compile(".*/app-.*\\.js");

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void signedIn_beforeAppLoads_showsSkeletonList() throws Exception {
        Tab ada = browser.newUser("Ada", options -> options.setColorScheme(ColorScheme.DARK));
        assertThat(ada.byTestId("sidebar")).isVisible();

        Page page = reloadWithoutApp(ada);

        assertThat(page.locator(".skeleton-rows")).isVisible();
        assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    }

    @Test
    void signedOut_beforeAppLoads_showsNoList() throws Exception {
        Tab stranger = browser.newVisitor("Bob");
        assertThat(stranger.byTestId("auth")).isVisible();

        Page page = reloadWithoutApp(stranger);

        assertThat(page.locator("html")).hasAttribute("data-start", "auth");
        assertThat(page.locator(".skeleton-rows")).isHidden();
    }

    /** After an upgrade, a node does not have the files of a page that came from the previous release. */
    @Test
    void missingFile_reloadsPage() throws Exception {
        Tab cai = browser.newUser("Cai");
        assertThat(cai.byTestId("sidebar")).isVisible();
        cai.device().expectError("Failed to load resource: the server responded with a status of 404.*");
        cai.page()
                .route(
                        APP,
                        route -> route.fulfill(new Route.FulfillOptions().setStatus(404)),
                        new Page.RouteOptions().setTimes(1));

        cai.page().navigate("/");

        assertThat(cai.byTestId("sidebar")).isVisible();
        cai.assertOnline();
    }

    /** Reloads the page while the app's module does not arrive. */
    private static Page reloadWithoutApp(Tab tab) {
        Page page = tab.page();
        page.route(APP, route -> {});
        page.navigate("/", new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
        return page;
    }
}
