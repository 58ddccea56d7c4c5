package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ViewportSize;
import im.hongyan.scenario.BalancedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls in the web client on two nodes, with real media. */
@Timeout(240)
@Tag("media")
class ClusterCallTest {
    private static final List<String> NAMES = List.of("Ada", "Bo", "Cy", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo");

    /** The caller and those who answer when it rings; the others join from the bar. */
    private static final int ANSWERING = 5;

    /** The grace period of a participant without a socket is 25 seconds. */
    private static final LocatorAssertions.HasCountOptions AFTER_GRACE =
            new LocatorAssertions.HasCountOptions().setTimeout(60_000);

    /** Small, because the nine pages draw 81 pictures without a graphics card. */
    private static final ViewportSize WINDOW = new ViewportSize(480, 360);

    private static final BalancedCluster cluster = new BalancedCluster();

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension(cluster);

    @AfterEach
    void nothingIsLeftInRedis() throws Exception {
        eventually(() -> cluster.keys("hongyan:call:*").isEmpty());
    }

    @Test
    void nineUsers_seeEachOther_whileANodeAndAPageAreKilled() throws Exception {
        List<Tab> tabs = new ArrayList<>();
        for (String name : NAMES) {
            Tab tab = browser.newUser(name, options -> options.setViewportSize(WINDOW));
            CallPages.prepareWithoutMicrophone(tab);
            tab.device().expectLostConnections();
            tabs.add(tab);
        }
        call(tabs);
        assertNineInCall(tabs);
        CallPages.measure(tabs);
        CallPages.awaitMedia(tabs);
        checkLayout(tabs);
        killNode(tabs);

        Tab killed = tabs.remove(tabs.size() - 1);
        browser.crash(killed);
        for (Tab tab : tabs) {
            assertThat(CallPages.tiles(tab)).hasCount(tabs.size(), AFTER_GRACE);
        }
        CallPages.measure(tabs);
        CallPages.awaitMedia(tabs);

        tabs.get(0).byTestId("call-people-open").click();
        tabs.get(0).byTestId("call-end-all").click();
        tabs.get(0).byTestId("confirm").click();
        CallPages.assertNothingLeft(tabs);
    }

    /** The host calls one user and then the others. Some of them answer, and the rest join from the bar. */
    private static void call(List<Tab> tabs) {
        Tab host = tabs.get(0);
        host.createGroup("Geese", tabs.subList(1, tabs.size()).toArray(Tab[]::new));
        for (Tab late : tabs.subList(ANSWERING, tabs.size())) {
            late.open("Geese");
        }
        host.byTestId("call-video").click();
        host.byTestId("call-ring-all").click();
        host.byTestId("call-enter").click();
        assertThat(host.byTestId("call-status")).hasText("Waiting for others…");
        host.byTestId("call-problems").getByLabel("Close").click();
        checkLayout(tabs.subList(0, 1));
        ring(host, tabs.subList(1, 2));
        tabs.get(1).byTestId("call-accept").click();
        checkLayout(tabs.subList(0, 2));
        ring(host, tabs.subList(2, tabs.size()));
        for (Tab tab : tabs.subList(2, ANSWERING)) {
            tab.byTestId("call-accept").click();
        }
        for (Tab tab : tabs.subList(ANSWERING, tabs.size())) {
            tab.byTestId("call-decline").click();
        }
        checkLayout(tabs.subList(0, ANSWERING));
        for (Tab tab : tabs.subList(ANSWERING, tabs.size())) {
            tab.byTestId("call-bar-join").click();
            tab.byTestId("call-enter").click();
        }
    }

    private static void ring(Tab host, List<Tab> users) {
        host.byTestId("call-people-open").click();
        host.byTestId("call-invite").click();
        Locator dialog = host.byTestId("call-invite-dialog");
        for (Tab user : users) {
            dialog.locator("[data-user='" + user.userId() + "']").click();
        }
        host.byTestId("call-invite-submit").click();
        assertThat(dialog).hasCount(0);
        host.byTestId("call-people-close").click();
    }

    /** Checks what the first of these participants sees on a desktop and on a phone, and takes screenshots of it. */
    private static void checkLayout(List<Tab> participants) {
        Tab tab = participants.get(0);
        CallPages.awaitConnected(participants);
        assertThat(CallPages.tiles(tab)).hasCount(participants.size());
        for (boolean phone : new boolean[] {false, true}) {
            ViewportSize size = phone ? new ViewportSize(390, 844) : new ViewportSize(1280, 800);
            tab.page().setViewportSize(size.width, size.height);
            LayoutCheck layout = new LayoutCheck("en", phone);
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                layout.useScheme(tab, scheme);
                CallPages.awaitPictures(tab);
                layout.check(tab, "call-of-" + participants.size());
            }
            layout.assertNoProblems();
        }
        tab.page().setViewportSize(WINDOW.width, WINDOW.height);
    }

    private static void assertNineInCall(List<Tab> tabs) {
        CallPages.awaitConnected(tabs);
        for (Tab tab : tabs) {
            assertThat(CallPages.tiles(tab, "joined")).hasCount(NAMES.size());
            assertThat(CallPages.tiles(tab)).hasCount(NAMES.size());
            assertThat(tab.byTestId("call-screen")).hasAttribute("data-state", "active");
        }
    }

    /** Media does not depend on the node. All participants keep their places, on the node that is left. */
    private static void killNode(List<Tab> tabs) throws Exception {
        List<String> participants = tabs.stream().map(CallPages::participant).toList();
        List<String> sessions = tabs.stream().map(Tab::sessionId).toList();
        assertThat(cluster.sessionsOn(0)).isNotEmpty();
        assertThat(cluster.sessionsOn(1)).isNotEmpty();

        cluster.crash(1);
        CallPages.measure(tabs);
        CallPages.awaitMedia(tabs);

        eventually(() -> cluster.sessionsOn(0).containsAll(sessions));
        assertNineInCall(tabs);
        assertThat(tabs.stream().map(CallPages::participant)).isEqualTo(participants);
        CallPages.measure(tabs);
        CallPages.awaitMedia(tabs);
    }

    @Test
    void ring_isAnsweredOnOneNode_stopsOnTheOther() throws Exception {
        Tab desktop = caller("Bo");
        Tab phone = CallPages.prepare(browser.phoneOf(desktop));
        separate(desktop, phone);
        Tab ada = caller("Ada");
        ada.startChatWith(desktop);
        ada.byTestId("call-video").click();
        for (Tab device : List.of(desktop, phone)) {
            assertThat(device.byTestId("call-ring")).hasAttribute("aria-label", "Ada is calling with video");
        }

        phone.byTestId("call-accept").click();
        assertThat(desktop.byTestId("call-ring")).hasCount(0);
        assertThat(desktop.byTestId("call-screen")).hasCount(0);
        CallPages.awaitConnected(List.of(ada, phone));
        CallPages.measure(List.of(ada, phone));
        CallPages.awaitMedia(List.of(ada, phone));

        phone.byTestId("call-leave").click();
        assertThat(ada.byTestId("call-bubble")).hasAttribute("data-outcome", "completed");
        CallPages.assertNothingLeft(List.of(ada, desktop, phone));
    }

    /**
     * Connects the second page again until the two are on different nodes. There must be no other socket: the balancer
     * chooses the node with the fewest, and often the same one of two with as many.
     */
    private static void separate(Tab one, Tab other) {
        // The balancer does not use a restarted node before it has checked it.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (nodeOf(one) == nodeOf(other)) {
            assertThat(System.nanoTime()).as("the balancer uses both nodes").isLessThan(end);
            other.page().reload();
            other.assertOnline();
        }
    }

    private static int nodeOf(Tab tab) {
        return cluster.sessionsOn(0).contains(tab.sessionId()) ? 0 : 1;
    }

    private static Tab caller(String name) throws Exception {
        return CallPages.prepare(browser.newUser(name));
    }
}
