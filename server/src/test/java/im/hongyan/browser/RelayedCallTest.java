package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.call.turn.Coturn;
import im.hongyan.store.Certificate;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A call whose media goes through coturn, because the server allows no other way. */
@Timeout(120)
class RelayedCallTest {
    @TempDir
    static Path folder;

    private static Coturn coturn;

    /** The node needs the address of coturn, which starts first. */
    @RegisterExtension
    @Order(1)
    static final BeforeAllCallback relay = context -> startRelay();

    @RegisterExtension
    @Order(2)
    static final BrowserExtension browser = new BrowserExtension()
            .with("HONGYAN_CALL_TURN_SECRET", Coturn.SECRET)
            .with("HONGYAN_CALL_RELAY_ONLY", "true");

    private static void startRelay() throws Exception {
        coturn = Coturn.startForLoopback(folder, Certificate.make(folder, "turn"));
        browser.with("HONGYAN_CALL_TURN_URLS", "turn:127.0.0.1:" + coturn.port + "?transport=udp");
    }

    @AfterAll
    static void stopRelay() {
        coturn.close();
    }

    @Test
    void call_relayOnly_goesThroughTheRelayOnBothEnds() throws Exception {
        Tab ada = CallPages.prepare(browser.newUser("Ada"));
        Tab bo = CallPages.prepare(browser.newUser("Bo"));
        ada.startChatWith(bo);
        ada.byTestId("call-video").click();
        bo.byTestId("call-accept").click();
        List<Tab> tabs = List.of(ada, bo);
        CallPages.awaitConnected(tabs);
        CallPages.measure(tabs);
        CallPages.awaitMedia(tabs);

        for (Tab tab : tabs) {
            assertThat(CallPages.selectedCandidates(tab)).isEqualTo(List.of(List.of("relay", "relay")));
            assertThat(CallPages.localCandidates(tab)).isNotEmpty().containsOnly("relay");
            assertThat(tab.byTestId("call-code")).isVisible();
        }
        ada.byTestId("call-leave").click();
        CallPages.assertNothingLeft(tabs);
    }
}
