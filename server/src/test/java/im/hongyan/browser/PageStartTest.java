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
    void signedIn_beforeTheAppHasLoaded_seesAListWithoutRows() throws Exception {
        Tab ada = browser.someone("Ada", options -> options.setColorScheme(ColorScheme.DARK));
        assertThat(ada.the("sidebar")).isVisible();

        Page page = withoutApp(ada);

        assertThat(page.locator(".skeleton-rows")).isVisible();
        assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    }

    @Test
    void signedOut_beforeTheAppHasLoaded_seesNoList() throws Exception {
        Tab stranger = browser.newcomer("Bob");
        assertThat(stranger.the("auth")).isVisible();

        Page page = withoutApp(stranger);

        assertThat(page.locator("html")).hasAttribute("data-start", "auth");
        assertThat(page.locator(".skeleton-rows")).isHidden();
    }

    /** A node of the next release does not have the files of the page that came from a node of this release. */
    @Test
    void missingFile_isRequestedAgainByAReload() throws Exception {
        Tab cai = browser.someone("Cai");
        assertThat(cai.the("sidebar")).isVisible();
        cai.device().expect("Failed to load resource: the server responded with a status of 404.*");
        cai.page()
                .route(
                        APP,
                        route -> route.fulfill(new Route.FulfillOptions().setStatus(404)),
                        new Page.RouteOptions().setTimes(1));

        cai.page().navigate("/");

        assertThat(cai.the("sidebar")).isVisible();
        cai.isOnline();
    }

    /** Loads the page anew while the app's module does not arrive. */
    private static Page withoutApp(Tab tab) {
        Page page = tab.page();
        page.route(APP, route -> {});
        page.navigate("/", new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
        return page;
    }
}
