package im.hongyan.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.regex.Pattern;

/**
 * A page of the web client and the person in front of it. What it does waits until it can be done, and no longer than
 * {@link Chromium#PATIENCE_MS}.
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

    /** The id of the person who is signed in. */
    String user() {
        return (String) page.evaluate("() => JSON.parse(localStorage['hongyan.session']).user.id");
    }

    Page page() {
        return page;
    }

    /** Whatever carries this test id. */
    Locator the(String testId) {
        return page.getByTestId(testId);
    }

    // Signing in

    void signUp() {
        the("auth-username").fill(account.username());
        the("auth-displayname").fill(account.displayName());
        the("auth-password").fill(account.password());
        the("auth-submit").click();
        assertThat(the("sidebar")).isVisible();
    }

    void signIn() {
        the("auth-username").fill(account.username());
        the("auth-password").fill(account.password());
        the("auth-submit").click();
        assertThat(the("sidebar")).isVisible();
    }

    void signOut() {
        the("settings-open").click();
        the("sign-out").click();
        assertThat(the("auth")).isVisible();
    }

    void isOnline() {
        assertThat(the("connection")).hasAttribute("data-state", "online");
    }

    // Conversations

    void startChatWith(Tab other) {
        the("new-menu").click();
        the("new-chat").click();
        the("new-chat-username").fill(other.account.username());
        the("new-chat-submit").click();
        assertThat(the("chat-title")).hasText(other.name());
    }

    void createGroup(String title, Tab... members) {
        the("new-menu").click();
        the("new-group").click();
        the("new-group-title").fill(title);
        for (Tab member : members) {
            the("new-group-username").fill(member.account.username());
            the("new-group-add").click();
            assertThat(the("new-group-username")).hasValue("");
        }
        the("new-group-submit").click();
        assertThat(the("chat-title")).hasText(title);
    }

    /** The row of the list for the conversation with this title. */
    Locator row(String title) {
        return page.locator("a.row[data-title=\"" + title.replace("\\", "\\\\").replace("\"", "\\\"") + "\"]");
    }

    void open(String title) {
        row(title).click();
        assertThat(the("chat-title")).hasText(title);
        assertThat(the("composer")).isVisible();
    }

    /** Away from any conversation, where nothing counts as read. */
    void leaveToList() {
        page.keyboard().press("Escape");
        assertThat(the("chat")).hasCount(0);
    }

    /** The id of the conversation that is open. */
    String conversation() {
        return the("chat").getAttribute("data-conversation");
    }

    // Messages

    void send(String text) {
        the("composer").fill(text);
        the("send").click();
        assertThat(message(text)).hasCount(1);
    }

    /** Sends and waits until the server has it. */
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
    Locator texts() {
        return the("message-text");
    }

    /** A choice of the menu of a message, as its test id. */
    void choose(String text, String choice) {
        message(text).hover();
        message(text).getByTestId("message-menu").click();
        the(choice).click();
    }

    void replyTo(String quoted, String text) {
        message(quoted).hover();
        message(quoted).getByTestId("message-reply").click();
        assertThat(the("composer-reply")).containsText(quoted);
        say(text);
    }

    void react(String text, String emoji) {
        message(text).hover();
        message(text).getByTestId("message-react").click();
        page.locator("[data-testid=quick-reaction][data-emoji=\"" + emoji + "\"]")
                .click();
    }

    /** JavaScript's regular expressions know no {@code \Q…\E}. */
    private static String quoted(String text) {
        return text.replaceAll("[.*+?^${}()|\\[\\]\\\\/]", "\\\\$0");
    }
}
