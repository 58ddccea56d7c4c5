package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.scenario.TestUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages arrive once and in order, although servers stop, networks fail and pages are closed. */
class ReconnectTest {
    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void serverRestart_whileBothWrite_deliversEachMessageOnce() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Before the storm.");
        bo.open("Ada");
        ada.device().expectLostConnections();
        bo.device().expectLostConnections();

        browser.node().stop();
        ada.assertReconnecting();
        bo.assertReconnecting();
        List<String> adas = lines("Ada", 5);
        List<String> bos = lines("Bo", 5);
        for (int i = 0; i < 5; i++) {
            ada.send(adas.get(i));
            bo.send(bos.get(i));
        }
        for (Tab tab : List.of(ada, bo)) {
            assertThat(tab.byTestId("message").last()).hasAttribute("data-state", "queued");
            assertThat(tab.byTestId("message")).hasCount(6);
        }

        browser.node().start();
        ada.assertOnline();
        bo.assertOnline();
        assertEachArrivedOnce(ada, bo, adas, bos);
    }

    @Test
    void serverCrash_duringBurst_deliversEachMessageOnce() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
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

        ada.assertOnline();
        bo.assertOnline();
        assertEachArrivedOnce(ada, bo, adas, bos);
    }

    @Test
    void tabClosed_whileServerIsDown_nextTabSendsOutbox() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
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
        assertThat(bo.messageTexts()).hasText(new String[] {"Before.", "Written into the dark.", "And a second line."});
        again.open("Bo");
        assertThat(again.messageTexts())
                .hasText(new String[] {"Before.", "Written into the dark.", "And a second line."});
        assertThat(again.message("And a second line.")).hasAttribute("data-state", "read");
    }

    @Test
    void pageReload_whileSocketsFail_keepsOutbox() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        SocketProxy proxy = SocketProxy.install(ada);
        ada.startChatWith(bo);
        ada.say("Before.");

        proxy.block();
        ada.send("Written in a hotel.");
        ada.page().reload();
        ada.assertReconnecting();
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("Before.");

        proxy.unblock();
        assertThat(ada.message("Written in a hotel.")).hasAttribute("data-state", "sent");
        bo.open("Ada");
        assertThat(bo.messageTexts()).hasText(new String[] {"Before.", "Written in a hotel."});
        assertThat(ada.messageTexts()).hasText(new String[] {"Before.", "Written in a hotel."});
        assertThat(log(ada)).containsExactly("Before.", "Written in a hotel.");
    }

    @Test
    void networkLoss_queuesMessages_untilOnline() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Before.");
        bo.open("Ada");
        ada.device().expectLostConnections();

        ada.device().context().setOffline(true);
        assertThat(ada.byTestId("connection")).hasText("You are offline. Messages will be sent when you are back.");
        ada.send("From the tunnel.");
        assertThat(ada.message("From the tunnel.")).hasAttribute("data-state", "queued");
        assertThat(ada.row("Bo").getByTestId("preview")).hasText("From the tunnel.");
        // A queued message cannot be edited yet, and the key must not select the message before it.
        ada.byTestId("composer").press("ArrowUp");
        assertThat(ada.byTestId("composer-edit")).isHidden();
        bo.say("Ada?");

        ada.device().context().setOffline(false);
        ada.assertOnline();
        assertThat(ada.message("From the tunnel.")).hasAttribute("data-state", "read");
        assertThat(ada.messageTexts()).hasText(new String[] {"Before.", "Ada?", "From the tunnel."});
        assertThat(bo.messageTexts()).hasText(new String[] {"Before.", "Ada?", "From the tunnel."});
    }

    private static List<String> lines(String who, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> who + "'s line " + i)
                .toList();
    }

    /** Sends without waiting for anything. */
    private static void write(Tab tab, String text) {
        tab.byTestId("composer").fill(text);
        tab.byTestId("send").click();
    }

    /** Both pages and the log contain each line once in the same order, and each user's lines as they were sent. */
    private static void assertEachArrivedOnce(Tab ada, Tab bo, List<String> adas, List<String> bos) throws Exception {
        int count = 1 + adas.size() + bos.size();
        for (Tab tab : List.of(ada, bo)) {
            assertThat(tab.messageTexts()).hasCount(count);
            assertThat(tab.page().locator("[data-testid=message]:is([data-state=queued], [data-state=failed])"))
                    .hasCount(0);
        }
        List<String> log = log(ada);
        assertThat(ada.messageTexts()).hasText(log.toArray(String[]::new));
        assertThat(bo.messageTexts()).hasText(log.toArray(String[]::new));
        assertThat(log.stream().filter(adas::contains)).isEqualTo(adas);
        assertThat(log.stream().filter(bos::contains)).isEqualTo(bos);
    }

    /** The texts of the open conversation in the server's log, which must contain nothing else. */
    private static List<String> log(Tab tab) throws Exception {
        TestUser user = browser.apiClient(tab);
        JsonNode page = user.ask(
                "entries.read", Map.of("conversation", tab.conversationId(), "after", 0, "limit", 100, "view", "all"));
        List<String> texts = new ArrayList<>();
        for (JsonNode entry : page.get("entries")) {
            assertThat(entry.get("seq").asInt()).isEqualTo(texts.size() + 1);
            texts.add(entry.at("/content/text").asText());
        }
        assertThat(texts).hasSize(page.get("lastSeq").asInt());
        return texts;
    }
}
