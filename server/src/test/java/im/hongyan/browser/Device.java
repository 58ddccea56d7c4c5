package im.hongyan.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Tracing;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A browser profile: its tabs share storage and session. Writes down everything that a page should not do. */
final class Device {
    /** What Chromium logs when the server cannot be reached; no page can keep it from that. */
    private static final List<String> UNREACHABLE = List.of(
            "WebSocket connection to .* failed.*",
            "Failed to load resource: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INTERNET_DISCONNECTED).*");

    /** The page as it was at each step, in the trace of a failed test: it takes longer than the steps themselves. */
    private static final boolean SNAPSHOTS = Boolean.getBoolean("browser.snapshots");

    private final String name;
    private final BrowserContext context;
    private final URI server;
    private final List<String> troubles = new ArrayList<>();
    private final List<Pattern> expected = new ArrayList<>();

    /** @param name of its files, should the test fail */
    Device(String name, BrowserContext context, URI server) {
        this.name = name;
        this.context = context;
        this.server = server;
        context.setDefaultTimeout(Chromium.PATIENCE_MS);
        context.addInitScript("document.addEventListener('securitypolicyviolation',"
                + " (event) => console.error('CSP violation:', event.violatedDirective, event.blockedURI));");
        context.onPage(this::watch);
        context.onConsoleMessage(this::logged);
        context.onRequest(this::requested);
        context.tracing().start(new Tracing.StartOptions().setSnapshots(SNAPSHOTS));
    }

    private void watch(Page page) {
        if (page.opener() != null) {
            troubles.add("opened another page: " + page.url());
        }
        page.onPageError(error -> troubles.add("thrown: " + error));
        page.onCrash(crashed -> troubles.add("a page crashed"));
        page.onDialog(dialog -> {
            troubles.add("a native dialog: " + dialog.message());
            dialog.dismiss();
        });
        page.onWebSocket(
                socket -> elsewhere(socket.url(), "ws" + server.toString().substring("http".length())));
    }

    private void logged(ConsoleMessage message) {
        if (message.type().equals("error")) {
            troubles.add("logged: " + message.text() + " (" + message.location() + ")");
        }
    }

    private void requested(Request request) {
        String url = request.url();
        if (!url.startsWith("data:") && !url.startsWith("blob:")) {
            elsewhere(url, server.toString());
        }
    }

    private void elsewhere(String url, String home) {
        if (!url.startsWith(home + "/")) {
            troubles.add("asked elsewhere: " + url);
        }
    }

    BrowserContext context() {
        return context;
    }

    /** From now on the server may be away. */
    void expectLostConnections() {
        UNREACHABLE.forEach(this::expect);
    }

    /** @param trouble a regular expression of what a page may log in this test */
    void expect(String trouble) {
        expected.add(Pattern.compile("logged: " + trouble, Pattern.DOTALL));
    }

    /** What happened so far that no test expected. */
    List<String> troubles() {
        // Events are taken in while a page is asked something.
        context.pages().forEach(page -> page.evaluate("() => 1"));
        return troubles.stream()
                .filter(trouble -> expected.stream()
                        .noneMatch(pattern -> pattern.matcher(trouble).matches()))
                .toList();
    }

    /** What happened so far was on purpose. */
    void forgive() {
        troubles.clear();
    }

    /** @param evidence the folder for screens and trace, if they are of interest */
    void close(Optional<Path> evidence) {
        evidence.ifPresentOrElse(this::keep, () -> context.tracing().stop());
        context.close();
    }

    private void keep(Path folder) {
        List<Page> pages = context.pages();
        for (int i = 0; i < pages.size(); i++) {
            pages.get(i).screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(name + "-" + i + ".png")));
        }
        context.tracing().stop(new Tracing.StopOptions().setPath(folder.resolve(name + ".zip")));
    }
}
