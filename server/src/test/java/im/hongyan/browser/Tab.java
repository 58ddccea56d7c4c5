package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import java.util.regex.Pattern;

/**
 * A page of the web client and its user. Each action waits until it is possible, for at most
 * {@link Chromium#TIMEOUT_MS}.
 */
final class Tab {
    private final Device device;
    private final Account account;
    private final Page page;

    private Tab(Device device, Account account, Page page) {
        this.device = device;
        this.account = account;
        this.page = page;
    }

    static Tab open(Device device, Account account) {
        Tab tab = new Tab(device, account, device.context().newPage());
        tab.page.navigate("/");
        return tab;
    }

    /** Another tab of the same browser. */
    Tab anotherTab() {
        return open(device, account);
    }

    Device device() {
        return device;
    }

    Account account() {
        return account;
    }

    String name() {
        return account.displayName();
    }

    /** The id of the user who is signed in. */
    String userId() {
        return (String) page.evaluate("() => JSON.parse(localStorage['hongyan.session']).user.id");
    }

    Page page() {
        return page;
    }

    /** The id of the session that is signed in. */
    String sessionId() {
        return (String) page.evaluate("() => JSON.parse(localStorage['hongyan.session']).session");
    }

    /** See {@link BrowserExtension#crash}. */
    void crash() {
        boolean[] crashed = {false};
        page.onCrash(event -> crashed[0] = true);
        try {
            page.navigate("chrome://crash");
        } catch (PlaywrightException noAnswer) {
            // Its process has ended.
        }
        device.context().waitForCondition(() -> crashed[0]);
    }

    /** The elements with this test id. */
    Locator byTestId(String testId) {
        return page.getByTestId(testId);
    }

    // Signing in

    void signUp() {
        byTestId("auth-username").fill(account.username());
        byTestId("auth-displayname").fill(account.displayName());
        byTestId("auth-password").fill(account.password());
        byTestId("auth-submit").click();
        assertThat(byTestId("sidebar")).isVisible();
    }

    void signIn() {
        byTestId("auth-username").fill(account.username());
        byTestId("auth-password").fill(account.password());
        byTestId("auth-submit").click();
        assertThat(byTestId("sidebar")).isVisible();
    }

    void signOut() {
        byTestId("settings-open").click();
        byTestId("sign-out").click();
        assertThat(byTestId("auth")).isVisible();
    }

    void assertOnline() {
        assertThat(byTestId("connection")).hasAttribute("data-state", "online");
    }

    void assertReconnecting() {
        assertThat(byTestId("connection")).hasText("Reconnecting…");
    }

    // Conversations

    void startChatWith(Tab other) {
        byTestId("new-menu").click();
        byTestId("new-chat").click();
        byTestId("new-chat-username").fill(other.account.username());
        byTestId("new-chat-submit").click();
        assertThat(byTestId("chat-title")).hasText(other.name());
    }

    void createGroup(String title, Tab... members) {
        byTestId("new-menu").click();
        byTestId("new-group").click();
        byTestId("new-group-title").fill(title);
        for (Tab member : members) {
            byTestId("new-group-username").fill(member.account.username());
            byTestId("new-group-add").click();
            assertThat(byTestId("new-group-username")).hasValue("");
        }
        byTestId("new-group-submit").click();
        assertThat(byTestId("chat-title")).hasText(title);
    }

    /** The row of the list for the conversation with this title. */
    Locator row(String title) {
        return page.locator("a.row[data-title=\"" + title.replace("\\", "\\\\").replace("\"", "\\\"") + "\"]");
    }

    void open(String title) {
        row(title).click();
        assertThat(byTestId("chat-title")).hasText(title);
        assertThat(byTestId("composer")).isVisible();
    }

    /** Returns to the list, where no message is marked as read. */
    void closeConversation() {
        page.keyboard().press("Escape");
        assertThat(byTestId("chat")).hasCount(0);
    }

    /** The id of the open conversation. */
    String conversationId() {
        return byTestId("chat").getAttribute("data-conversation");
    }

    // Messages

    /** Sends a message and waits until the page shows it. */
    void send(String text) {
        byTestId("composer").fill(text);
        byTestId("send").click();
        assertThat(message(text)).hasCount(1);
    }

    /** Sends a message and waits until the server has acknowledged it. */
    void say(String text) {
        send(text);
        assertThat(message(text)).hasAttribute("data-state", Pattern.compile("sent|read"));
    }

    /** The message whose text is exactly this. */
    Locator message(String text) {
        Locator exactly = page.locator(
                "[data-testid=message-text]",
                new Page.LocatorOptions().setHasText(Pattern.compile("^" + quoted(text) + "$")));
        return page.locator("[data-testid=message]", new Page.LocatorOptions().setHas(exactly));
    }

    /** The texts of all messages, from top to bottom. */
    Locator messageTexts() {
        return byTestId("message-text");
    }

    /** Chooses an item of a message's menu, given by its test id. */
    void chooseFromMenu(String text, String choice) {
        message(text).hover();
        message(text).getByTestId("message-menu").click();
        byTestId(choice).click();
    }

    void replyTo(String quoted, String text) {
        message(quoted).hover();
        message(quoted).getByTestId("message-reply").click();
        assertThat(byTestId("composer-reply")).containsText(quoted);
        say(text);
    }

    void react(String text, String emoji) {
        message(text).hover();
        message(text).getByTestId("message-react").click();
        page.locator("[data-testid=quick-reaction][data-emoji=\"" + emoji + "\"]")
                .click();
    }

    /** Escapes a text, because JavaScript's regular expressions have no {@code \Q…\E}. */
    private static String quoted(String text) {
        return text.replaceAll("[.*+?^${}()|\\[\\]\\\\/]", "\\\\$0");
    }
}
