package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Calls between real pages: what they show, and the media that arrives. */
final class CallPages {
    /** Small pictures: without a graphics card, the browser encodes and decodes them on the processor. */
    private static final String SMALL_MEDIA =
            """
            window.hongyanCallTest = {
              constraints: {
                microphone: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
                camera: { width: { ideal: 160 }, height: { ideal: 120 }, frameRate: { ideal: 5 } },
              },
            };
            """;

    /** Each of nine pages would mix the voices of eight others, which is much work for two processors. */
    private static final String NO_MICROPHONE =
            """
            const { mediaDevices } = navigator;
            const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
            mediaDevices.getUserMedia = (constraints) => constraints.audio
              ? Promise.reject(new DOMException("no microphone", "NotFoundError")) : getUserMedia(constraints);
            """;

    /** Nine connections on a busy machine take long. */
    private static final Page.WaitForFunctionOptions PATIENT =
            new Page.WaitForFunctionOptions().setPollingInterval(250).setTimeout(60_000);

    private static final String PICTURES =
            """
            () => [...document.querySelectorAll(".call-stage video")]
              .filter((video) => video.checkVisibility())
              .every((video) => video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
            """;

    private CallPages() {}

    /** Reloads the web client with small media and with the meter. */
    static Tab prepare(Tab tab) {
        tab.page().addInitScript(SMALL_MEDIA);
        tab.page().addInitScript(meter());
        tab.page().reload();
        tab.assertOnline();
        return tab;
    }

    /** The same, on a device without a microphone. */
    static Tab prepareWithoutMicrophone(Tab tab) {
        tab.page().addInitScript(NO_MICROPHONE);
        return prepare(tab);
    }

    /** Adds the meter to an open page, which has the test switches. */
    static void addMeter(Page page) {
        page.evaluate(meter());
    }

    private static String meter() {
        try (InputStream in = CallPages.class.getResourceAsStream("call-meter.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // What a page shows

    static Locator tile(Tab tab, Tab of) {
        return tab.page().locator(".call-stage [data-testid=call-tile][data-user='" + of.userId() + "']");
    }

    static Locator tiles(Tab tab) {
        return tab.page().locator(".call-stage [data-testid=call-tile]");
    }

    /** The tiles in this state of the roster, such as {@code joined}. */
    static Locator tiles(Tab tab, String state) {
        return tab.page().locator(".call-stage [data-testid=call-tile][data-state='" + state + "']");
    }

    /** Waits until all pictures that the page shows have been drawn. */
    static void awaitPictures(Tab tab) {
        tab.page().waitForFunction(PICTURES, null, PATIENT);
    }

    /** The id of the page's user in the call, which is new at every join. */
    static String participant(Tab tab) {
        return (String) tab.page().evaluate("() => hongyanCallTest.calls.current.me");
    }

    /** No ring, no call and no bar stays on a screen. */
    static void assertNothingLeft(Collection<Tab> tabs) {
        for (Tab tab : tabs) {
            for (String testId : List.of("call-screen", "call-mini", "call-ring", "call-bar")) {
                assertThat(tab.byTestId(testId)).hasCount(0);
            }
            assertThat(tab.page().locator(".list-mark")).hasCount(0);
            assertThat(tab.page().locator("#app")).not().hasAttribute("inert", "");
        }
    }

    // Media

    /** Waits until each page is connected to all others. */
    static void awaitConnected(List<Tab> tabs) {
        int others = tabs.size() - 1;
        for (Tab tab : tabs) {
            await(tab, "(others) => callMeter.connected() === others", others, "callMeter.connected()");
        }
    }

    /** Takes the first sample of each page. */
    static void measure(Collection<Tab> tabs) {
        tabs.forEach(tab -> tab.page().evaluate("() => callMeter.measure()"));
    }

    /**
     * Waits for a sample, at least five seconds after {@link #measure}, in which more video frames were decoded and
     * more bytes of video have arrived on each page from each other participant, and of sound from those whose
     * microphone is on.
     */
    static void awaitMedia(List<Tab> tabs) {
        int others = tabs.size() - 1;
        for (Tab tab : tabs) {
            await(tab, "(others) => callMeter.flowing && callMeter.flows === others", others, "callMeter.flows");
        }
    }

    /** The types of the candidates that each connection of the page uses: its own, and that of the other. */
    static List<?> selectedCandidates(Tab tab) {
        return edges(tab).map(edge -> edge.get("selected")).toList();
    }

    /** The types of all candidates that the page has found. */
    static List<Object> localCandidates(Tab tab) {
        return edges(tab)
                .<Object>flatMap(edge -> ((List<?>) edge.get("candidates")).stream())
                .toList();
    }

    private static Stream<Map<?, ?>> edges(Tab tab) {
        Map<?, ?> edges = (Map<?, ?>) tab.page().evaluate("() => callMeter.edges()");
        return edges.values().stream().map(edge -> (Map<?, ?>) edge);
    }

    private static void await(Tab tab, String condition, int others, String actual) {
        try {
            tab.page().waitForFunction(condition, others, PATIENT);
        } catch (TimeoutError e) {
            Object value = tab.page().evaluate("() => " + actual);
            fail(tab.name() + ": " + actual + " is " + value + " instead of " + others);
        }
    }
}
