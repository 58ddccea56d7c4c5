package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.scenario.Person;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers stop, networks fail, pages are closed: what was written arrives, once and in order. */
class ReconnectTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void serverStops_whileBothTypeOn_everythingArrivesOnce() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Before the storm.");
        bo.open("Ada");
        ada.device().expectLostConnections();
        bo.device().expectLostConnections();

        browser.node().stop();
        assertThat(ada.the("connection")).hasText("Reconnecting…");
        assertThat(bo.the("connection")).hasText("Reconnecting…");
        List<String> adas = lines("Ada", 5);
        List<String> bos = lines("Bo", 5);
        for (int i = 0; i < 5; i++) {
            ada.send(adas.get(i));
            bo.send(bos.get(i));
        }
        for (Tab tab : List.of(ada, bo)) {
            assertThat(tab.the("message").last()).hasAttribute("data-state", "queued");
            assertThat(tab.the("message")).hasCount(6);
        }

        browser.node().start();
        ada.isOnline();
        bo.isOnline();
        everythingArrived(ada, bo, adas, bos);
    }

    @Test
    void serverCrashes_inTheMiddleOfABurst_everythingArrivesOnce() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Before the storm.");
        bo.open("Ada");
        ada.device().expectLostConnections();
        bo.device().expectLostConnections();

        List<String> adas = lines("Ada", 12);
        List<String> bos = lines("Bo", 12);
        for (int i = 0; i < 12; i++) {
            if (i == 4) {
                browser.node().crash();
            } else if (i == 8) {
                browser.node().start();
            }
            write(ada, adas.get(i));
            write(bo, bos.get(i));
        }

        ada.isOnline();
        bo.isOnline();
        everythingArrived(ada, bo, adas, bos);
    }

    @Test
    void tab_isClosedWhileTheServerIsAway_theNextTabSendsWhatItLeft() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Before.");
        ada.device().expectLostConnections();
        bo.device().expectLostConnections();

        browser.node().stop();
        ada.send("Written into the dark.");
        ada.send("And a second line.");
        assertThat(ada.message("And a second line.")).hasAttribute("data-state", "queued");
        ada.page().close();
        browser.node().start();
        Tab again = ada.anotherTab();

        bo.open("Ada");
        assertThat(bo.texts()).hasText(new String[] {"Before.", "Written into the dark.", "And a second line."});
        again.open("Bo");
        assertThat(again.texts()).hasText(new String[] {"Before.", "Written into the dark.", "And a second line."});
        assertThat(again.message("And a second line.")).hasAttribute("data-state", "read");
    }

    @Test
    void page_isReloadedWhileSocketsFail_theOutboxStays() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        SocketGate gate = SocketGate.before(ada);
        ada.startChatWith(bo);
        ada.say("Before.");

        gate.shut();
        assertThat(ada.the("connection")).hasText("Reconnecting…");
        ada.send("Written in a hotel.");
        ada.page().reload();
        assertThat(ada.the("connection")).hasText("Reconnecting…");
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("Before.");

        gate.open();
        assertThat(ada.message("Written in a hotel.")).hasAttribute("data-state", "sent");
        bo.open("Ada");
        assertThat(bo.texts()).hasText(new String[] {"Before.", "Written in a hotel."});
        assertThat(ada.texts()).hasText(new String[] {"Before.", "Written in a hotel."});
        assertThat(log(ada)).containsExactly("Before.", "Written in a hotel.");
    }

    @Test
    void network_goesAndComesBack_messagesWait() throws Exception {
        Tab ada = browser.someone("Ada");
        Tab bo = browser.someone("Bo");
        ada.startChatWith(bo);
        ada.say("Before.");
        bo.open("Ada");
        ada.device().expectLostConnections();

        ada.device().context().setOffline(true);
        assertThat(ada.the("connection")).hasText("You are offline. Messages will be sent when you are back.");
        ada.send("From the tunnel.");
        assertThat(ada.message("From the tunnel.")).hasAttribute("data-state", "queued");
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("From the tunnel.");
        // It cannot be edited yet, and the one before it is not what is meant.
        ada.the("composer").press("ArrowUp");
        assertThat(ada.the("composer-edit")).isHidden();
        bo.say("Ada?");

        ada.device().context().setOffline(false);
        ada.isOnline();
        assertThat(ada.message("From the tunnel.")).hasAttribute("data-state", "read");
        assertThat(ada.texts()).hasText(new String[] {"Before.", "Ada?", "From the tunnel."});
        assertThat(bo.texts()).hasText(new String[] {"Before.", "Ada?", "From the tunnel."});
    }

    private static List<String> lines(String who, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> who + "'s line " + i)
                .toList();
    }

    /** Without waiting for what becomes of it. */
    private static void write(Tab tab, String text) {
        tab.the("composer").fill(text);
        tab.the("send").click();
    }

    /** Both pages and the log hold each line once, each writer's in the order of writing, all in the same order. */
    private static void everythingArrived(Tab ada, Tab bo, List<String> adas, List<String> bos) throws Exception {
        int count = 1 + adas.size() + bos.size();
        for (Tab tab : List.of(ada, bo)) {
            assertThat(tab.texts()).hasCount(count);
            assertThat(tab.page().locator("[data-testid=message]:is([data-state=queued], [data-state=failed])"))
                    .hasCount(0);
        }
        List<String> log = log(ada);
        assertThat(ada.texts()).hasText(log.toArray(String[]::new));
        assertThat(bo.texts()).hasText(log.toArray(String[]::new));
        assertThat(log.stream().filter(adas::contains)).isEqualTo(adas);
        assertThat(log.stream().filter(bos::contains)).isEqualTo(bos);
    }

    /** The texts of the conversation that is open, as the server has them; there is nothing else in its log. */
    private static List<String> log(Tab tab) throws Exception {
        Person person = browser.plain(tab);
        JsonNode page = person.ask(
                "entries.read", Map.of("conversation", tab.conversation(), "after", 0, "limit", 100, "view", "all"));
        List<String> texts = new ArrayList<>();
        for (JsonNode entry : page.get("entries")) {
            assertThat(entry.get("seq").asInt()).isEqualTo(texts.size() + 1);
            texts.add(entry.at("/content/text").asText());
        }
        assertThat(texts).hasSize(page.get("lastSeq").asInt());
        return texts;
    }
}
