package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A user deletes their account in the settings. */
class DeletedUserTest {
    private static final String NOTE = "This account has been deleted. You can no longer write to it.";

    @RegisterExtension
    static final BrowserExtension browser = new BrowserExtension();

    @Test
    void directChat_peerDeleted_showsNoteInsteadOfComposer() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        bo.open("Ada");
        bo.say("Goodbye.");
        // From now on, Bo's profile is pushed to Ada.
        assertThat(ada.byTestId("chat-status")).hasText("online");
        assertThat(ada.byTestId("chat-closed")).isHidden();

        deleteAccount(bo);

        assertThat(bo.byTestId("auth")).isVisible();
        assertChatClosed(ada);
        ada.page().reload();
        assertThat(ada.message("Goodbye.")).isVisible();
        assertChatClosed(ada);
    }

    /** The profiles of users who have never written are not pushed. */
    @Test
    void directChat_silentPeerDeleted_showsNoteWhenMessageIsRefused() throws Exception {
        Tab ada = browser.newUser("Ada");
        Tab bo = browser.newUser("Bo");
        ada.startChatWith(bo);
        ada.say("Hello.");
        deleteAccount(bo);
        assertThat(bo.byTestId("auth")).isVisible();

        browser.apiClient(ada).awaitRefusal(ada.conversationId());
        assertThat(ada.byTestId("composer")).isVisible();
        ada.byTestId("composer").fill("Are you there?");
        ada.page().keyboard().press("Enter");

        assertChatClosed(ada);
    }

    @Test
    void deletion_wrongUsername_saysSo() throws Exception {
        Tab ada = browser.newUser("Ada");
        openDeletion(ada, "another-user");
        ada.byTestId("delete-submit").click();
        // The settings have several forms, and this is the last one.
        assertThat(ada.byTestId("settings").getByTestId("form-error").last()).hasText("That is not your username.");
    }

    private static void assertChatClosed(Tab tab) {
        assertThat(tab.byTestId("chat-closed")).hasText(NOTE);
        assertThat(tab.byTestId("chat-closed")).isVisible();
        assertThat(tab.byTestId("composer")).isHidden();
    }

    private static void deleteAccount(Tab tab) {
        openDeletion(tab, tab.account().username());
        tab.byTestId("delete-submit").click();
    }

    private static void openDeletion(Tab tab, String word) {
        tab.byTestId("settings-open").click();
        tab.byTestId("delete-open").click();
        tab.byTestId("delete-word").fill(word);
        tab.byTestId("delete-password").fill(Account.PASSWORD);
    }
}
