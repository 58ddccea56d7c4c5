package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The views of calls, in the gallery of the test resources: the web client with generated pictures and without a
 * connection. Its screenshots are in {@code target/screenshots}.
 */
class CallViewsTest {
    /** The controls of calls that are smaller than a finger, each with its size. */
    private static final String SMALL_TARGETS =
            """
            () => [...document.querySelectorAll(".call-overlay button, .call-preview button, .call-bar button")]
              .filter((button) => button.checkVisibility() && !button.closest("[inert]"))
              .map((button) => [button, button.getBoundingClientRect()])
              .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
              .map(([button, { width, height }]) => `${button.className} ${width}×${height}`)
            """;

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void scenes_onAPhone_areUsable() throws Exception {
        checkScenes(BrowserExtension.PHONE, true, "it", ColorScheme.LIGHT);
    }

    @Test
    void scenes_onADesktop_areUsable() throws Exception {
        checkScenes(BrowserExtension.DESKTOP, false, "zh", ColorScheme.DARK);
    }

    private static void checkScenes(
            Consumer<Browser.NewContextOptions> size, boolean phone, String language, ColorScheme scheme)
            throws Exception {
        Tab tab = CallGallery.visit(browser, size);
        CallGallery.open(tab, "grid-1", "");
        LayoutCheck layout = new LayoutCheck(language, phone);
        for (Object scene : (List<?>) tab.page().evaluate("() => gallery.scenes")) {
            String name = (String) scene;
            boolean grid = name.startsWith("grid-");
            for (ColorScheme one : grid ? List.of(ColorScheme.LIGHT, ColorScheme.DARK) : List.of(scheme)) {
                checkScene(tab, name, layout, one, language);
            }
            if (phone) {
                assertThat((List<?>) tab.page().evaluate(SMALL_TARGETS))
                        .as(name)
                        .isEmpty();
            }
        }
        layout.assertNoProblems();
    }

    private static void checkScene(Tab tab, String scene, LayoutCheck layout, ColorScheme scheme, String language) {
        String theme = scheme == ColorScheme.DARK ? "dark" : "light";
        CallGallery.open(tab, scene, "&theme=" + theme + "&language=" + language);
        layout.useScheme(tab, scheme);
        CallPages.awaitPictures(tab);
        layout.check(tab, "call-" + scene);
    }

    @Test
    void keys_areForTheCall_unlessTextIsWritten() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "grid-3", "");
        Locator screen = tab.byTestId("call-screen");
        assertThat(screen).isFocused();
        Locator microphone = tab.byTestId("call-microphone");
        assertThat(microphone).hasAttribute("title", "Microphone (M)");
        assertThat(microphone).hasAttribute("aria-pressed", "true");
        tab.page().keyboard().press("m");
        assertThat(microphone).hasAttribute("aria-pressed", "false");
        tab.page().keyboard().press("Control+v");
        assertThat(tab.byTestId("call-camera")).hasAttribute("aria-pressed", "true");
        tab.page().keyboard().press("v");
        assertThat(tab.byTestId("call-camera")).hasAttribute("aria-pressed", "false");
        tab.page().keyboard().press("h");
        assertThat(tab.byTestId("call-hand")).hasAttribute("aria-pressed", "true");

        tab.byTestId("call-devices").click();
        tab.page().keyboard().press("ArrowDown");
        tab.page().keyboard().press("Enter");
        assertThat(tab.byTestId("call-microphone-option").nth(1)).hasAttribute("aria-checked", "true");
        tab.page().keyboard().press("m");
        assertThat(microphone).hasAttribute("aria-pressed", "false");
        tab.page().keyboard().press("Escape");
        assertThat(tab.byTestId("call-device-menu")).hasCount(0);
        assertThat(screen).isVisible();
        tab.page().keyboard().press("Escape");
        assertThat(screen).isHidden();
        assertThat(tab.byTestId("call-mini")).isVisible();
        assertThat(tab.byTestId("call-mini-back")).isFocused();
        tab.byTestId("search").fill("m");
        assertThat(microphone).hasAttribute("aria-pressed", "false");
    }

    @Test
    void pictureButtons_areNamedAfterTheParticipantOnly() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "grid-3", "");
        Locator own = tab.page().locator(".call-tile[data-mine] .call-tile-press");
        tab.page().keyboard().press("m");
        assertThat(tab.page().locator(".call-tile[data-mine]")).hasAttribute("aria-label", "You, muted");
        assertThat(own).hasAttribute("aria-label", "Enlarge your picture");
        assertThat(tab.page().locator(".call-tile-press[aria-label*=',']")).hasCount(0);
    }

    @Test
    void preview_onALowScreen_showsTheButton() throws Exception {
        Tab tab = CallGallery.visit(browser, options -> options.setViewportSize(844, 390));
        CallGallery.open(tab, "preview", "");
        assertThat(tab.byTestId("call-enter")).isInViewport(new LocatorAssertions.IsInViewportOptions().setRatio(1));
        assertThat(tab.byTestId("call-ring-all")).not().isInViewport();
    }

    @Test
    void call_back_minimises_andReturns() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.PHONE);
        CallGallery.open(tab, "direct", "");
        assertThat(tab.byTestId("call-screen")).isVisible();
        // Nothing behind the call can be reached.
        assertThat(tab.page().locator("#app")).hasAttribute("inert", "");
        tab.page().goBack();
        assertThat(tab.byTestId("call-mini")).isVisible();
        assertThat(tab.byTestId("call-mini-status")).hasText(Pattern.compile("3:4\\d"));
        assertThat(tab.page().locator("#app")).not().hasAttribute("inert", "");
        tab.byTestId("conversation-group").click();
        assertThat(tab.byTestId("chat")).isVisible();
        assertPlaying(tab, ".call-mini video");
        tab.byTestId("call-mini-back").click();
        assertThat(tab.byTestId("call-screen")).isVisible();
        tab.byTestId("call-leave").click();
        assertThat(tab.page().evaluate("() => gallery.calls.current.asked.at(-1)[0]"))
                .isEqualTo("leave");
        tab.page().evaluate("() => gallery.calls.show({ current: undefined })");
        assertThat(tab.byTestId("call-screen")).hasCount(0);
        assertThat(tab.byTestId("call-mini")).hasCount(0);
        assertThat(tab.page().locator("#app")).not().hasAttribute("inert", "");
    }

    @Test
    void pictureInPicture_staysWhileTheChatIsRead_andEndsWithTheSmallView() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "direct", "");
        tab.byTestId("call-minimise").click();
        assertPlaying(tab, ".call-mini video");
        tab.byTestId("call-picture").click();
        String inPicture = "() => document.pictureInPictureElement === document.querySelector('.call-mini video')";
        tab.page().waitForFunction(inPicture);

        tab.byTestId("conversation-group").click();
        assertThat(tab.byTestId("chat")).isVisible();
        tab.byTestId("search").fill("Lin");
        assertThat(tab.page().evaluate(inPicture)).isEqualTo(true);
        assertPlaying(tab, ".call-mini video");

        tab.byTestId("call-mini-back").click();
        tab.page().waitForFunction("() => document.pictureInPictureElement === null");
    }

    /** Counts the notes instead of listening to them. */
    @Test
    void ringTone_stopsWhenAnsweredElsewhere_orSilenced() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        tab.page()
                .addInitScript(
                        """
                        globalThis.notes = 0;
                        const { start } = OscillatorNode.prototype;
                        OscillatorNode.prototype.start = function (at) {
                          globalThis.notes++;
                          start.call(this, at);
                        };
                        """);
        CallGallery.open(tab, "ringing", "");
        tab.page().mouse().click(5, 5);
        awaitRingTone(tab);
        tab.page().evaluate("() => gallery.calls.show({ ringing: [] })");
        tab.page().evaluate("() => gallery.client.emit('call.answered_elsewhere', { call: 'r' })");
        assertSilent(tab);
        assertThat(tab.byTestId("call-ended")).containsText("Answered on another of your devices.");

        CallGallery.open(tab, "ringing", "");
        tab.page().mouse().click(5, 5);
        awaitRingTone(tab);
        tab.byTestId("call-silence").click();
        assertSilent(tab);
        assertThat(tab.byTestId("call-ring")).isVisible();
    }

    /** Until the tone has been repeated. */
    private static void awaitRingTone(Tab tab) {
        tab.page().waitForFunction("() => notes > 0");
        tab.page().waitForFunction("(before) => notes > before", tab.page().evaluate("() => notes"));
    }

    /** For longer than the tone needs to repeat. */
    private static void assertSilent(Tab tab) {
        tab.page().evaluate("() => { globalThis.since = performance.now(); globalThis.before = notes; }");
        tab.page().waitForFunction("() => performance.now() - since > 4000");
        assertThat(tab.page().evaluate("() => notes - before")).isEqualTo(0);
    }

    @Test
    void preview_deviceRefusesItsConstraints_showsAnyPicture() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "preview", "");
        assertPlaying(tab, ".call-preview video");
        tab.page()
                .evaluate(
                        """
                        () => {
                          const { mediaDevices } = navigator;
                          const any = mediaDevices.getUserMedia.bind(mediaDevices);
                          globalThis.refused = 0;
                          mediaDevices.getUserMedia = async (wanted) => {
                            if (wanted.video && wanted.video !== true) {
                              globalThis.refused++;
                              throw new OverconstrainedError("width");
                            }
                            return any(wanted);
                          };
                        }
                        """);
        Locator choice = tab.byTestId("call-preview-camera-choice");

        choice.selectOption("c2");

        tab.page().waitForFunction("() => refused > 0");
        assertPlaying(tab, ".call-preview video");
        assertThat(tab.byTestId("call-preview-camera")).hasAttribute("aria-pressed", "true");
        assertThat(tab.page().locator(".call-preview .call-problem")).hasCount(0);
        assertThat(tab.byTestId("call-enter")).isEnabled();
    }

    @Test
    void selfView_movesToAnotherCorner() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "direct", "");
        Locator own = tab.page().locator(".call-tile[data-floats]");
        assertThat(own).isVisible();
        // Waits until the screen has opened.
        own.hover();
        BoundingBox before = own.boundingBox();
        own.focus();
        tab.page().keyboard().press("ArrowLeft");
        BoundingBox left = own.boundingBox();
        assertThat(left.x).isLessThan(20);
        assertThat(left.y).isEqualTo(before.y);
        tab.page().mouse().move(left.x + 20, left.y + 20);
        tab.page().mouse().down();
        tab.page().mouse().move(900, 700, new Mouse.MoveOptions().setSteps(4));
        tab.page().mouse().up();
        BoundingBox dragged = own.boundingBox();
        assertThat(dragged.x).isEqualTo(before.x);
        assertThat(dragged.y).isGreaterThan(400);
        assertThat(own.locator("video")).hasCSS("scale", "-1 1");
    }

    @Test
    void pictures_continue_whenTheLayoutChanges() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "grid-5", "");
        assertThat(tab.byTestId("call-screen")).hasAttribute("data-mode", "grid");
        tab.page().evaluate("() => { globalThis.videos = [...document.querySelectorAll('.call-stage video')]; }");
        tab.byTestId("call-layout").click();
        assertThat(tab.byTestId("call-screen")).hasAttribute("data-mode", "focus");
        assertThat(tab.byTestId("call-layout")).hasAttribute("aria-pressed", "true");
        String playing = "() => videos.every((video) => video.isConnected && (video.hidden || !video.paused))";
        assertThat(tab.page().evaluate(playing)).isEqualTo(true);
        // A pinned picture stays large when another participant speaks.
        tab.page().locator("[data-user=yuki] .call-tile-press").click();
        assertThat(tab.page().locator("[data-user=yuki]")).hasAttribute("data-pinned", "true");
        tab.page().locator("[data-user=yuki] .call-tile-press").click();
        tab.byTestId("call-layout").click();
        assertThat(tab.byTestId("call-screen")).hasAttribute("data-mode", "grid");
    }

    @Test
    void ring_isAnswered_declined_orSilenced() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.PHONE);
        CallGallery.open(tab, "ringing", "");
        assertThat(tab.byTestId("call-ring")).hasAttribute("aria-label", "林小雨 is calling with video");
        assertThat(tab.page()).hasTitle("林小雨 is calling with video");
        tab.byTestId("call-silence").click();
        assertThat(tab.byTestId("call-silence")).hasCount(0);
        tab.byTestId("call-accept-audio").click();
        assertThat(asked(tab)).endsWith("[\"accept\",\"r\",{\"microphone\":true,\"camera\":false}]");
        tab.byTestId("call-accept").click();
        assertThat(asked(tab)).endsWith("[\"accept\",\"r\",{\"microphone\":true,\"camera\":true}]");
        tab.byTestId("call-decline").click();
        assertThat(tab.byTestId("call-ring")).hasCount(0);
        assertThat(asked(tab)).isEqualTo("[\"decline\",\"r\"]");
    }

    @Test
    void ring_whileADialogIsOpen_isAboveIt() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "preview", "");
        assertThat(tab.byTestId("call-preview")).isVisible();
        tab.page()
                .evaluate("() => gallery.calls.show({ ringing: [{ call: 'x', conversation: 'direct', from: 'lin',"
                        + " media: 'audio', expiresAt: '2100-01-01T00:00:00Z' }] })");
        tab.byTestId("call-decline").click();
        assertThat(asked(tab)).isEqualTo("[\"decline\",\"x\"]");
        assertThat(tab.byTestId("call-preview")).isVisible();
    }

    @Test
    void end_isShown_withTheNextStep() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "ended", "");
        assertThat(tab.byTestId("call-ended")).containsText("林小雨 declined the call.");
        tab.byTestId("call-end-again").click();
        assertThat(tab.byTestId("call-ended")).hasCount(0);
        assertThat(asked(tab))
                .isEqualTo("[\"start\",\"direct\",{\"media\":\"video\",\"microphone\":true,\"camera\":true}]");
        CallGallery.open(tab, "missed", "");
        assertThat(tab.byTestId("call-ended")).containsText("You missed this call.");
        CallGallery.open(tab, "elsewhere", "");
        assertThat(tab.byTestId("call-ended")).containsText("Answered on another of your devices.");
        assertThat(tab.byTestId("call-end-join")).isVisible();
    }

    @Test
    void changes_areAnnounced_andTheHostActs() throws Exception {
        Tab tab = CallGallery.visit(browser, BrowserExtension.DESKTOP);
        CallGallery.open(tab, "people", "");
        Locator rows = tab.byTestId("call-person");
        assertThat(rows).hasCount(9);
        assertThat(rows.nth(6)).hasText(Pattern.compile("Diego Fernández\\s*Declined"));
        rows.nth(6).getByTestId("call-ring-again").click();
        assertThat(callAsked(tab)).isEqualTo("[\"ring\",[\"diego\"]]");
        rows.nth(2).getByTestId("call-remove").click();
        tab.byTestId("confirm").click();
        assertThat(callAsked(tab)).isEqualTo("[\"remove\",\"p2\"]");
        tab.page()
                .evaluate(
                        """
                        () => {
                          const { current } = gallery.calls;
                          current.participants = current.participants.filter(({ user }) => user !== "amina");
                          current.emit("changed", null);
                        }
                        """);
        assertThat(tab.byTestId("call-live")).containsText("Amina Haddad left the call");
        assertThat(rows).hasCount(8);
        tab.page()
                .evaluate(
                        """
                        () => {
                          const { app, calls: { current } } = gallery;
                          const fresh = { ...current.participants.at(1), user: "zoe", participant: "p99" };
                          current.participants = [...current.participants, fresh];
                          current.emit("changed", null);
                          app.store.users.add([{ id: "zoe", username: "zoe", displayName: "Zoe Ricci" }]);
                        }
                        """);
        assertThat(tab.byTestId("call-live")).containsText("Zoe Ricci joined the call");
        assertThat(tab.byTestId("call-live")).not().containsText("…");
        tab.byTestId("call-end-all").click();
        tab.byTestId("confirm").click();
        assertThat(callAsked(tab)).isEqualTo("[\"end\"]");
    }

    private static String asked(Tab tab) {
        return (String) tab.page().evaluate("() => JSON.stringify(gallery.calls.asked.at(-1) ?? null)");
    }

    private static String callAsked(Tab tab) {
        return (String) tab.page().evaluate("() => JSON.stringify(gallery.calls.current.asked.at(-1) ?? null)");
    }

    private static void assertPlaying(Tab tab, String selector) {
        tab.page()
                .waitForFunction(
                        "(selector) => { const video = document.querySelector(selector);"
                                + " return !video.paused && video.videoWidth > 0; }",
                        selector);
    }
}
