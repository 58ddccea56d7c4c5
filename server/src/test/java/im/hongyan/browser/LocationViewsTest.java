package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The views of places, live locations and nearby, in the gallery of the test resources: the web client with a fake
 * connection and device. Its screenshots are in {@code target/screenshots}.
 */
class LocationViewsTest {
    private static final String GALLERY = "location-gallery";

    private static final double GCJ_X = 235.3;
    private static final double GCJ_Y = 53.4;

    /** The controls of maps that are smaller than a finger, each with its size. */
    private static final String SMALL_TARGETS =
            """
            () => [...document.querySelectorAll(".location-tools button, .location-sharer, .location-person")]
              .filter((button) => button.checkVisibility())
              .map((button) => [button, button.getBoundingClientRect()])
              .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
              .map(([button, { width, height }]) => `${button.className} ${width}×${height}`)
            """;

    /** What is cut: text that does not fit its element and has no ellipsis. */
    private static final String CUT =
            """
            () => [...document.querySelectorAll("dialog *, .chat *")]
              .filter((element) => element.checkVisibility() && element.childElementCount === 0)
              .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
              .filter((element) => getComputedStyle(element).textOverflow !== "ellipsis")
              .filter((element) => !element.closest(".visually-hidden, canvas, textarea, input, .icon"))
              .map((element) => `${element.className}: ${element.textContent}`)
            """;

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    /** The addresses of the tiles that pages requested. */
    private final List<String> tiles = new CopyOnWriteArrayList<>();

    private Tab visit(Consumer<Browser.NewContextOptions> size) throws Exception {
        Tab tab = Gallery.visit(browser, size);
        tab.page().route("**/gallery/tiles/**", this::serveTile);
        return tab;
    }

    /** A tile with streets, so that screenshots show how markers look on a busy map. */
    private void serveTile(Route route) {
        String path = route.request().url().replaceAll("^.*/tiles/|\\?.*$", "");
        tiles.add(path);
        int seed = Math.floorMod(path.hashCode(), 60);
        String svg =
                """
                <svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">
                  <rect width="256" height="256" fill="#f2efe9"/>
                  <rect x="%d" y="20" width="90" height="70" fill="#c8e6b8"/>
                  <rect x="20" y="%d" width="60" height="40" fill="#e3d9cf"/>
                  <path d="M0 128h256M128 0v256M0 %dL256 %d" stroke="#fff" stroke-width="9"/>
                  <path d="M0 40h256M0 210h256M50 0v256M200 0v256" stroke="#fff" stroke-width="4"/>
                  <path d="M0 %dC80 %d 160 150 256 180" stroke="#9cc4dd" stroke-width="12" fill="none"/>
                </svg>
                """
                        .formatted(120 + seed, 100 + seed, 60 + seed, 200 - seed, 220 - seed, 180 + seed);
        route.fulfill(new Route.FulfillOptions()
                .setContentType("image/svg+xml")
                .setHeaders(Map.of("Cache-Control", "no-store"))
                .setBodyBytes(svg.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void scenes_onAPhone_areUsable() throws Exception {
        checkScenes(BrowserExtension.PHONE, true, "it", ColorScheme.LIGHT, "");
    }

    @Test
    void scenes_onADesktop_areUsable() throws Exception {
        checkScenes(BrowserExtension.DESKTOP, false, "zh", ColorScheme.DARK, "&tiles=1");
    }

    private void checkScenes(
            Consumer<Browser.NewContextOptions> size, boolean phone, String language, ColorScheme scheme, String more)
            throws Exception {
        Tab tab = visit(size);
        Gallery.open(tab, GALLERY, "empty", "");
        LayoutCheck layout = new LayoutCheck(language, phone);
        String theme = scheme == ColorScheme.DARK ? "dark" : "light";
        for (Object scene : (List<?>) tab.page().evaluate("() => gallery.scenes")) {
            Gallery.open(tab, GALLERY, (String) scene, "&theme=" + theme + "&language=" + language + more);
            layout.useScheme(tab, scheme);
            layout.check(tab, "location-" + scene + (more.isEmpty() ? "" : "-tiles"));
            assertThat((List<?>) tab.page().evaluate(CUT)).as(scene.toString()).isEmpty();
            if (phone) {
                assertThat((List<?>) tab.page().evaluate(SMALL_TARGETS))
                        .as(scene.toString())
                        .isEmpty();
            }
        }
        layout.assertNoProblems();
        assertThat(tiles.isEmpty()).isEqualTo(more.isEmpty());
    }

    @Test
    void tiles_haveTheAttribution_andTellTheServerNoMoreThanTheOrigin() throws Exception {
        Tab tab = visit(BrowserExtension.DESKTOP);
        Gallery.open(tab, GALLERY, "place-view", "&tiles=1");
        assertThat(tab.byTestId("location-map")).hasAttribute("data-tiles", "server");
        Locator attribution = tab.byTestId("location-map").getByTestId("location-attribution");
        assertThat(attribution).hasText("© OpenStreetMap contributors, openstreetmap.org");
        assertThat(attribution.locator("a")).hasAttribute("href", "https://www.openstreetmap.org/copyright");
        Locator images = tab.page().locator(".leaflet-tile, .location-static-tiles img");
        assertThat(images.evaluateAll("(images) => [...new Set(images.map((image) => image.referrerPolicy))]"))
                .isEqualTo(List.of("strict-origin-when-cross-origin"));
        assertThat(tiles).isNotEmpty();
    }

    @Test
    void tilesOfChina_areDrawnWhereTheyAre_andAPickedPointIsConvertedBack() throws Exception {
        Tab tab = visit(BrowserExtension.DESKTOP);
        Gallery.open(tab, GALLERY, "place-form", "&tiles=1&crs=gcj02");
        tab.byTestId("place-search").fill("39.915, 116.404");
        // The published point in GCJ-02 is 116.410244, 39.916404: that many pixels into its tile.
        Locator tile = tab.page().locator(".leaflet-tile[src$='/15/26979/12415.svg']");
        assertThat(tile).hasCount(1);
        BoundingBox corner = tile.boundingBox();
        BoundingBox map = tab.page().locator(".location-canvas").boundingBox();
        assertThat(map.x + map.width / 2 - corner.x).isCloseTo(GCJ_X, within(1.5));
        assertThat(map.y + map.height / 2 - corner.y).isCloseTo(GCJ_Y, within(1.5));
        tab.page().locator(".location-canvas").focus();
        tab.page().keyboard().press("ArrowRight");
        Locator where = tab.byTestId("place-where");
        // The map moves by 80 pixels.
        assertThat(where).containsText(Pattern.compile("39\\.9150\\d, 116\\.4074\\d"));
    }

    @Test
    void position_isFollowed_untilTheMapIsMoved() throws Exception {
        Tab tab = visit(BrowserExtension.DESKTOP);
        Gallery.open(tab, GALLERY, "shares", "");
        tab.page().locator("[data-testid=location-person][data-user=lin]").click();
        Locator marker = tab.page().locator("[data-testid=location-sharer][data-user=lin]");
        assertThat(marker).hasAttribute("data-followed", "true");
        BoundingBox map = tab.page().locator(".location-canvas").boundingBox();
        assertThat(marker.boundingBox().x + 24).isCloseTo(map.x + map.width / 2, within(2.0));
        push(tab, "latitude: 45.47, longitude: 9.2");
        assertThat(marker.boundingBox().y + 24).isCloseTo(map.y + map.height / 2, within(2.0));
        tab.byTestId("location-show-all").click();
        assertThat(marker).not().hasAttribute("data-followed", "true");
        push(tab, "latitude: 45.475, longitude: 9.2");
        assertThat(Math.abs(marker.boundingBox().y + 24 - map.y - map.height / 2))
                .isGreaterThan(10);
    }

    @Test
    void pushedNames_areText_andComersAndGoersAreAnnounced() throws Exception {
        Tab tab = visit(BrowserExtension.DESKTOP);
        Gallery.open(tab, GALLERY, "shares-others", "");
        tab.page()
                .evaluate(
                        """
                        () => {
                          const { client } = gallery;
                          client.emit("users", [{ id: "eve", username: "eve", displayName: "<img src=x> Eve" }]);
                          const expiresAt = new Date(Date.now() + 60_000).toISOString();
                          client.push("group", [{ share: "s-eve", user: "eve", expiresAt, n: 1, latitude: 45.46,
                            longitude: 9.19, accuracy: 5, receivedAt: expiresAt, measuredAt: expiresAt }]);
                        }
                        """);
        assertThat(tab.byTestId("location-live")).containsText("<img src=x> Eve shares their location");
        assertThat(tab.page().locator("[data-testid=location-sharer][data-user=eve]"))
                .containsText("<img src=x> Eve");
        tab.page().evaluate("() => gallery.client.push('group', [{ share: 's-eve', user: 'eve', ended: true }])");
        assertThat(tab.byTestId("location-live")).containsText("<img src=x> Eve no longer shares their location");
        assertThat(tab.page().locator("[data-user=eve]")).hasCount(0);
    }

    @Test
    void ownShare_isOneTapFromItsEnd_inTheBarAndOnTheMap() throws Exception {
        Tab tab = visit(BrowserExtension.PHONE);
        Gallery.open(tab, GALLERY, "shares", "");
        tab.byTestId("share-stop").click();
        assertThat(tab.byTestId("share-mine")).isVisible();
        assertThat(tab.page().evaluate("() => gallery.client.last('location.stop').share"))
                .isEqualTo("own-1");
        Gallery.open(tab, GALLERY, "lines", "");
        tab.byTestId("location-bar-stop").click();
        assertThat(tab.byTestId("location-bar-stop")).hasCount(0);
        assertThat(tab.byTestId("location-bar")).isVisible();
    }

    /** Moves the user Lin. */
    @Test
    void shareForm_closedDuringTheMeasurement_startsNoShare() throws Exception {
        Tab tab = visit(BrowserExtension.DESKTOP);
        Gallery.open(tab, GALLERY, "share-form", "");
        tab.page().evaluate("() => (gallery.device.held = [])");
        tab.byTestId("share-start").click();
        tab.page().waitForFunction("() => gallery.device.held.length === 1");
        tab.page().keyboard().press("Escape");
        assertThat(tab.byTestId("share-form")).hasCount(0);
        // What follows from the position has happened before the next task.
        Object started = tab.page()
                .evaluate(
                        """
                        async () => {
                          gallery.device.held[0]();
                          await new Promise((resolve) => setTimeout(resolve));
                          return gallery.client.asked.filter(([type]) => type === "location.start").length;
                        }
                        """);
        assertThat(started).isEqualTo(0);
    }

    @Test
    void map_closedDuringTheMeasurement_isLeftAlone() throws Exception {
        for (String scene : List.of("place-view", "place-form")) {
            Tab tab = visit(BrowserExtension.DESKTOP);
            List<String> errors = new CopyOnWriteArrayList<>();
            tab.page().onPageError(errors::add);
            Gallery.open(tab, GALLERY, scene, "");
            tab.page().evaluate("() => (gallery.device.held = [])");
            tab.byTestId("location-own-position").click();
            tab.page().waitForFunction("() => gallery.device.held.length === 1");
            tab.page().keyboard().press("Escape");
            assertThat(tab.byTestId("location-map")).hasCount(0);
            tab.page()
                    .evaluate("async () => {"
                            + " gallery.device.held[0](); await new Promise((resolve) => setTimeout(resolve)); }");
            assertThat(tab.byTestId("toast")).hasCount(0);
            assertThat(errors).isEmpty();
        }
    }

    private static void push(Tab tab, String position) {
        String now = "new Date().toISOString()";
        tab.page()
                .evaluate("() => gallery.client.push('group', [{ share: 's-lin', user: 'lin', n: Date.now(),"
                        + " accuracy: 5, receivedAt: " + now + ", measuredAt: " + now + ", " + position + " }])");
    }
}
