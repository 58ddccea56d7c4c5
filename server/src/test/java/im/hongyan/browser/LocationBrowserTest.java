package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Geolocation;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Places, live locations and nearby between real pages, whose devices have mocked positions. */
class LocationBrowserTest {
    private static final double LATITUDE = 45.46402;
    private static final double LONGITUDE = 9.18985;

    /** A tenth of a kilometre to the north, in degrees. */
    private static final double NORTH = 0.0009;

    /** The latitude and longitude of a marker on the page's map, by the place where it is drawn. */
    private static final String PLACE_OF_MARKER =
            """
            (user) => {
              const marker = document.querySelector(`.location-sharer[data-user="${user}"]`);
              if (!marker) return null;
              const { x, y, width, height } = marker.getBoundingClientRect();
              const map = document.querySelector(".location-canvas").getBoundingClientRect();
              return [x + width / 2 - map.x, y + height / 2 - map.y];
            }
            """;

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    private static Tab at(Tab tab, double latitude, double longitude) {
        tab.device().context().grantPermissions(List.of("geolocation"));
        move(tab, latitude, longitude);
        return tab;
    }

    private static void move(Tab tab, double latitude, double longitude) {
        tab.device().context().setGeolocation(new Geolocation(latitude, longitude).setAccuracy(12));
    }

    private static void choose(Tab tab, String item) {
        tab.byTestId("composer-more").click();
        tab.byTestId(item).click();
    }

    private static void startSharing(Tab tab) {
        choose(tab, "menu-live-location");
        tab.byTestId("share-start").click();
        assertThat(tab.byTestId("share-countdown")).isVisible();
    }

    private static Locator marker(Tab tab, Tab of) {
        return tab.page().locator("[data-testid=location-sharer][data-user=\"" + of.userId() + "\"]");
    }

    @Test
    void liveLocation_movesOnTheMapOfTheOther_andDisappearsWhenItIsStopped() throws Exception {
        Tab ada = at(browser.newUser("Ada"), LATITUDE, LONGITUDE);
        Tab bo = browser.phoneOf(browser.newUser("Bo"));
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        startSharing(ada);
        assertThat(marker(ada, ada)).hasAttribute("data-status", "live");

        assertThat(bo.byTestId("location-bar")).containsText("1 person shares their location");
        assertThat(bo.byTestId("note").last()).hasText(Pattern.compile("Ada shares their live location until \\d.*"));
        bo.byTestId("location-bar-open").click();
        Locator marker = marker(bo, ada);
        assertThat(marker).hasAttribute("data-status", "live");
        assertThat(marker).hasAttribute("data-pin", "true");
        Locator row = bo.byTestId("location-person");
        assertThat(row).hasText(Pattern.compile("Ada.*Until \\d.*Position .*±12 m.*", Pattern.DOTALL));

        Object before = bo.page().evaluate(PLACE_OF_MARKER, ada.userId());
        Object element = marker.elementHandle();
        move(ada, LATITUDE + NORTH, LONGITUDE);
        bo.page()
                .waitForFunction(
                        "([user, x, y]) => { const [left, top] = (" + PLACE_OF_MARKER + ")(user);"
                                + " return Math.abs(left - x) < 4 && y - top > 40; }",
                        List.of(ada.userId(), ((List<?>) before).get(0), ((List<?>) before).get(1)));
        // It is the same element, so that it moves smoothly and keeps the focus.
        assertThat(marker.evaluate("(marker, before) => marker === before", element))
                .isEqualTo(true);

        ada.byTestId("share-stop").click();
        assertThat(marker).hasCount(0);
        assertThat(row).hasCount(0);
        assertThat(bo.byTestId("location-shares")).isVisible();
        assertThat(bo.byTestId("location-map")).isVisible();
        assertThat(bo.byTestId("location-live")).containsText("Ada no longer shares their location");
        bo.page().keyboard().press("Escape");
        assertThat(bo.byTestId("location-bar")).hasCount(0);
        assertThat(bo.byTestId("note").last()).hasText("Ada stopped sharing their live location");
    }

    @Test
    void shareMine_hasTheSameEnd_andIsCoarseIfChosen() throws Exception {
        Tab ada = at(browser.newUser("Ada"), LATITUDE, LONGITUDE);
        Tab bo = at(browser.newUser("Bo"), LATITUDE + 5 * NORTH, LONGITUDE);
        ada.createGroup("Geese", bo);
        bo.open("Geese");
        choose(ada, "menu-live-location");
        ada.byTestId("share-duration-3600").click();
        ada.byTestId("share-start").click();
        bo.byTestId("location-bar-open").click();
        assertThat(marker(bo, ada)).isVisible();
        bo.byTestId("share-mine").click();
        assertThat(bo.byTestId("share-duration-same").locator("input")).isChecked();
        bo.byTestId("share-precision-coarse").click();
        bo.byTestId("share-start").click();
        assertThat(bo.byTestId("share-stop")).isVisible();

        Locator marker = marker(ada, bo);
        assertThat(marker).hasAttribute("data-pin", "false");
        assertThat(ada.byTestId("location-person").last())
                .hasText(Pattern.compile("Bo.*Until \\d.*±1 km.*of you.*", Pattern.DOTALL));
        Locator ends = ada.page().locator(".location-person-until");
        assertThat(ends).hasCount(2);
        // The request took a moment, in which a minute may have ended.
        Duration apart = Duration.between(timeOf(ends.nth(0)), timeOf(ends.nth(1)));
        assertThat(Math.floorMod(apart.toMinutes() + 1, Duration.ofDays(1).toMinutes()))
                .isBetween(0L, 2L);
        ada.page().keyboard().press("Escape");
        assertThat(ada.byTestId("location-bar")).containsText("2 people share their location");
    }

    /** The time in a text such as "Until 15:30". */
    private static LocalTime timeOf(Locator until) {
        return LocalTime.parse(until.textContent().replaceAll("^\\D+", ""));
    }

    @Test
    void reload_continuesTheShare_andAnotherDeviceStopsIt() throws Exception {
        Tab ada = at(browser.newUser("Ada"), LATITUDE, LONGITUDE);
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Where are you?");
        startSharing(ada);
        bo.open("Ada");
        bo.byTestId("location-bar-open").click();
        assertThat(marker(bo, ada)).hasAttribute("data-status", "live");
        Object before = bo.page().evaluate(PLACE_OF_MARKER, ada.userId());

        ada.page().reload();
        assertThat(ada.byTestId("location-bar")).containsText("You share your location");
        move(ada, LATITUDE + NORTH, LONGITUDE);
        bo.page()
                .waitForFunction(
                        "([user, y]) => y - (" + PLACE_OF_MARKER + ")(user)[1] > 40",
                        List.of(ada.userId(), ((List<?>) before).get(1)));

        Tab phone = browser.phoneOf(ada);
        phone.byTestId("settings-open").click();
        phone.byTestId("own-shares-open").click();
        assertThat(phone.byTestId("own-share")).containsText("Bo");
        phone.byTestId("shares-stop-all").click();
        assertThat(phone.byTestId("shares-none")).isVisible();
        assertThat(ada.byTestId("location-bar")).hasCount(0);
        assertThat(marker(bo, ada)).hasCount(0);
    }

    @Test
    void hiddenPage_isShownAsPaused() throws Exception {
        Tab ada = at(browser.newUser("Ada"), LATITUDE, LONGITUDE);
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("On my way");
        startSharing(ada);
        bo.open("Ada");
        bo.byTestId("location-bar-open").click();
        assertThat(marker(bo, ada)).hasAttribute("data-status", "live");
        show(ada.page(), "hidden");
        assertThat(marker(bo, ada)).hasAttribute("data-status", "paused");
        assertThat(bo.byTestId("location-person")).containsText("Paused");
        show(ada.page(), "visible");
        assertThat(marker(bo, ada)).hasAttribute("data-status", "live");
    }

    /** Overrides the visibility of the page, because a headless page is always visible. */
    private static void show(Page page, String state) {
        page.evaluate(
                """
                (state) => {
                  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
                  document.dispatchEvent(new Event("visibilitychange"));
                }
                """,
                state);
    }

    @Test
    void refusedPermission_startsNoShare_andSaysWhy() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        choose(ada, "menu-live-location");
        ada.byTestId("share-start").click();
        assertThat(ada.byTestId("share-form").getByTestId("form-error"))
                .containsText("The browser does not allow this page to use your position.");
        ada.page().keyboard().press("Escape");
        assertThat(ada.byTestId("location-bar")).hasCount(0);
        assertThat(ada.byTestId("note")).hasCount(0);
    }

    @Test
    void place_isFoundByCoordinates_sent_andOpened() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = at(browser.newUser("Bo"), LATITUDE, LONGITUDE);
        ada.createGroup("Geese", bo);
        choose(ada, "menu-place");
        assertThat(ada.byTestId("place-send")).isDisabled();
        ada.byTestId("place-search").fill("Milano");
        assertThat(ada.byTestId("place-send")).isDisabled();
        ada.byTestId("place-search").fill("45°27'51\"N 9°11'24\"E");
        assertThat(ada.byTestId("place-where")).containsText("45.46417, 9.19000");
        ada.byTestId("place-name-input").fill("Duomo <b>di</b> Milano");
        ada.byTestId("place-note-input").fill("  Uscita   nord ");
        ada.byTestId("place-send").click();

        assertThat(bo.row("Geese").getByTestId("preview")).hasText("Ada: Location: Duomo <b>di</b> Milano");
        bo.open("Geese");
        Locator place = bo.byTestId("place");
        assertThat(place).hasAttribute("data-latitude", "45.464167");
        assertThat(place.getByTestId("place-name")).hasText("Duomo <b>di</b> Milano");
        assertThat(place).containsText("Uscita nord");
        place.click();
        assertThat(bo.byTestId("place-coordinates")).hasText("45.46417, 9.19000");
        assertThat(bo.byTestId("place-view-away")).hasText(Pattern.compile("\\d+ m (north|northeast|east) of you"));
        assertThat(bo.byTestId("place-open"))
                .hasAttribute("href", "geo:45.464167,9.19?q=45.464167,9.19(Duomo%20%3Cb%3Edi%3C%2Fb%3E%20Milano)");
        assertThat(bo.byTestId("location-map")).hasAttribute("data-tiles", "none");
    }

    @Test
    void place_isPickedOnTheMap_withTheKeyboard() throws Exception {
        Tab ada = at(browser.newUser("Ada"), LATITUDE, LONGITUDE);
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        choose(ada, "menu-place");
        // The position of the device, which the user has allowed before.
        assertThat(ada.byTestId("place-where")).hasText("45.46402, 9.18985 · ±12 m");
        ada.page().locator(".location-canvas").focus();
        ada.page().keyboard().press("ArrowRight");
        assertThat(ada.byTestId("place-where")).hasText(Pattern.compile("45\\.46\\d+, (?!9\\.1898).* east of you"));
        ada.byTestId("location-own-position").click();
        assertThat(ada.byTestId("place-where")).hasText("45.46402, 9.18985 · ±12 m");
        ada.byTestId("place-send").click();
        assertThat(ada.byTestId("place")).hasAttribute("data-latitude", "45.46402");
        assertThat(ada.byTestId("message").last()).hasAttribute("data-state", Pattern.compile("sent|read"));
        assertThat(ada.byTestId("place-away")).hasText("where you are");
    }

    @Test
    void nearby_showsOnlyWhoIsVisible_toThoseWhoAre() throws Exception {
        Tab ada = at(browser.newUser("Ada"), LATITUDE, LONGITUDE);
        Tab bo = browser.phoneOf(at(browser.newUser("Bo"), LATITUDE, LONGITUDE));
        at(bo, LATITUDE, LONGITUDE);
        ada.byTestId("nearby-open").click();
        ada.byTestId("nearby-enable").click();
        assertThat(ada.byTestId("nearby-none")).isVisible();

        bo.byTestId("nearby-open").click();
        bo.byTestId("nearby-enable").click();
        Locator found = bo.byTestId("nearby-person");
        assertThat(found).hasAttribute("data-user", ada.userId());
        assertThat(found).hasAttribute("data-distance", "<1km");
        assertThat(found).containsText("Ada");
        ada.byTestId("nearby-search").click();
        assertThat(ada.byTestId("nearby-person")).containsText("Bo");

        ada.byTestId("nearby-disable").click();
        assertThat(ada.byTestId("nearby-enable")).isVisible();
        bo.byTestId("nearby-search").click();
        assertThat(bo.byTestId("nearby-none")).isVisible();
        bo.byTestId("nearby-disable").click();
        assertThat(bo.byTestId("nearby-enable")).isVisible();
    }
}
