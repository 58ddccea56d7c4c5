package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Users call each other in the web client, with fake cameras and microphones and real connections. */
class CallBrowserTest {
    private static final String SHOWS_PICTURE =
            """
            (user) => {
              const video = document.querySelector(`.call-stage [data-user="${user}"] video`);
              return video.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 2;
            }
            """;

    private static final Pattern CLOCK = Pattern.compile("\\d:\\d\\d");

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void directCall_isAnswered_showsOneCode_andLeavesABubble() throws Exception {
        Tab ada = caller("Ada");
        Tab bo = caller("Bo");
        ada.startChatWith(bo);
        ada.byTestId("call-video").click();
        assertThat(CallPages.tile(ada, bo)).hasAttribute("data-state", "ringing");
        assertThat(bo.byTestId("call-ring")).hasAttribute("aria-label", "Ada is calling with video");
        bo.byTestId("call-accept").click();

        for (Tab tab : new Tab[] {ada, bo}) {
            assertThat(tab.byTestId("call-screen")).hasAttribute("data-state", "active");
            assertThat(tab.byTestId("call-code")).isVisible();
        }
        assertThat(ada.byTestId("call-code").textContent())
                .isEqualTo(bo.byTestId("call-code").textContent());
        assertPictureOf(bo, ada);
        assertPictureOf(ada, bo);
        bo.byTestId("call-camera").click();
        assertThat(CallPages.tile(ada, bo)).not().hasAttribute("data-camera", "true");
        bo.byTestId("call-microphone").click();
        assertThat(ada.byTestId("call-live")).containsText("Bo is muted");

        ada.byTestId("call-minimise").click();
        assertThat(ada.byTestId("call-mini-status")).hasText(CLOCK);
        ada.say("Still here");
        assertThat(ada.byTestId("call-bar")).containsText("You are in this call");
        ada.byTestId("call-mini-leave").click();
        assertThat(bo.byTestId("call-ended")).containsText("The call has ended after");
        assertThat(ada.byTestId("call-bubble")).hasAttribute("data-outcome", "completed");
        assertThat(ada.byTestId("call-bubble")).containsText(CLOCK);
        CallPages.assertNothingLeft(List.of(ada, bo));
    }

    @Test
    void directCall_declinedAndMissed_isShownToBoth() throws Exception {
        Tab ada = caller("Ada");
        Tab bo = caller("Bo");
        ada.startChatWith(bo);
        ada.byTestId("call-audio").click();
        bo.byTestId("call-decline").click();
        assertThat(ada.byTestId("call-ended")).containsText("Bo declined the call.");
        assertThat(ada.byTestId("call-bubble")).containsText("Declined");
        CallPages.assertNothingLeft(List.of(ada, bo));

        ada.byTestId("call-end-again").click();
        assertThat(bo.byTestId("call-ring")).isVisible();
        ada.byTestId("call-leave").click();
        assertThat(bo.byTestId("call-ended")).containsText("You missed this call.");
        assertThat(bo.row("Ada").getByTestId("preview")).hasText("Voice call: Missed");
        assertThat(bo.row("Ada")).hasAttribute("data-unread", "1");
        CallPages.assertNothingLeft(List.of(ada, bo));
    }

    @Test
    void groupCall_isJoinedFromTheBar_andEndedByTheHost() throws Exception {
        Tab ada = caller("Ada");
        Tab bo = caller("Bo");
        Tab cy = caller("Cy");
        ada.createGroup("Geese", bo, cy);
        ada.byTestId("call-video").click();
        assertThat(ada.byTestId("call-preview-camera")).hasAttribute("aria-pressed", "true");
        ada.byTestId("call-enter").click();
        bo.byTestId("call-accept-audio").click();
        assertThat(CallPages.tile(ada, bo)).hasAttribute("data-link", "connected");
        assertThat(CallPages.tile(ada, bo)).not().hasAttribute("data-camera", "true");
        assertThat(bo.byTestId("call-code")).isHidden();

        cy.byTestId("call-decline").click();
        ada.byTestId("call-people-open").click();
        Locator declined = ada.page().locator("[data-testid=call-person][data-state=declined]");
        assertThat(declined).hasText(Pattern.compile("Cy\\s*Declined"));
        assertThat(cy.row("Geese").locator(".list-mark")).hasAttribute("aria-label", "Call in progress");
        cy.open("Geese");
        assertThat(cy.byTestId("call-bar")).containsText("Call in progress · 2 people");
        cy.byTestId("call-bar-join").click();
        cy.byTestId("call-enter").click();
        assertThat(CallPages.tile(cy, ada)).hasAttribute("data-link", "connected");
        assertThat(CallPages.tile(cy, bo)).hasAttribute("data-link", "connected");
        cy.byTestId("call-hand").click();
        assertThat(ada.byTestId("call-live")).containsText("Cy raised a hand");

        ada.byTestId("call-end-all").click();
        ada.byTestId("confirm").click();
        assertThat(cy.byTestId("call-ended")).containsText("The host ended the call for everyone.");
        Pattern line = Pattern.compile("Video call from Ada · \\d:\\d\\d · 3 people");
        assertThat(ada.byTestId("note").last()).hasText(line);
        CallPages.assertNothingLeft(List.of(ada, bo, cy));
    }

    @Test
    void callOnAnotherDevice_isLeftForTheNextOne_withOnePress() throws Exception {
        Tab ada = caller("Ada");
        Tab bo = caller("Bo");
        Tab cy = caller("Cy");
        Tab laptop = CallPages.prepare(browser.signIn(bo.account(), options -> {}));
        ada.startChatWith(bo);
        ada.byTestId("call-audio").click();
        bo.byTestId("call-accept").click();
        assertThat(CallPages.tile(ada, bo)).hasAttribute("data-link", "connected");
        cy.createGroup("Geese", bo, ada);
        cy.byTestId("call-audio").click();
        cy.byTestId("call-enter").click();

        laptop.open("Geese");
        laptop.byTestId("call-bar-join").click();
        laptop.byTestId("call-enter").click();
        assertThat(laptop.page().getByText("You are in a call on another device."))
                .isVisible();
        laptop.byTestId("confirm").click();

        assertThat(CallPages.tile(laptop, cy)).hasAttribute("data-link", "connected");
        assertThat(laptop.byTestId("call-preview")).hasCount(0);
        assertThat(bo.byTestId("call-screen")).hasCount(0);
        assertThat(ada.byTestId("call-ended")).containsText("The call has ended after");
        laptop.byTestId("call-leave").click();
        cy.byTestId("call-leave").click();
        assertThat(ada.byTestId("call-screen")).hasCount(0);
    }

    private static Tab caller(String name) throws Exception {
        return CallPages.prepare(browser.newUser(name));
    }

    private static void assertPictureOf(Tab of, Tab at) {
        assertThat(CallPages.tile(at, of)).hasAttribute("data-camera", "true");
        at.page().waitForFunction(SHOWS_PICTURE, of.userId());
    }
}
