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

/** A browser profile: its tabs share storage and session. Records everything that a page must not do. */
final class Device {
    /** What Chromium logs when the server cannot be reached. A page cannot prevent these messages. */
    private static final List<String> UNREACHABLE = List.of(
            "WebSocket connection to .* failed.*",
            "Failed to load resource: net::ERR_"
                    + "(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INTERNET_DISCONNECTED).*",
            // A balancer without a node that is ready.
            "Failed to load resource: .* status of 503 .*");

    /** After a failed handshake, the page asks whether its origin is refused. This answer says that it is not. */
    private static final Pattern NOT_REFUSED =
            Pattern.compile("logged: Failed to load resource: .* status of 405 .*/ws:.*");

    /** Whether traces contain the page at each step. Recording that takes longer than the steps themselves. */
    private static final boolean SNAPSHOTS = Boolean.getBoolean("browser.snapshots");

    private final String name;
    private final BrowserContext context;
    private final URI server;
    private final List<String> problems = new ArrayList<>();
    private final List<Pattern> expected = new ArrayList<>(List.of(NOT_REFUSED));

    /** @param name the name of its files if the test fails */
    Device(String name, BrowserContext context, URI server) {
        this.name = name;
        this.context = context;
        this.server = server;
        context.setDefaultTimeout(Chromium.TIMEOUT_MS);
        context.addInitScript("document.addEventListener('securitypolicyviolation',"
                + " (event) => console.error('CSP violation:', event.violatedDirective, event.blockedURI));");
        context.onPage(this::watch);
        context.onConsoleMessage(this::logged);
        context.onRequest(this::requested);
        context.tracing().start(new Tracing.StartOptions().setSnapshots(SNAPSHOTS));
    }

    private void watch(Page page) {
        if (page.opener() != null) {
            problems.add("opened another page: " + page.url());
        }
        page.onPageError(error -> problems.add("thrown: " + error));
        page.onCrash(crashed -> problems.add("a page crashed"));
        page.onDialog(dialog -> {
            problems.add("a native dialog: " + dialog.message());
            dialog.dismiss();
        });
        page.onWebSocket(
                socket -> checkServer(socket.url(), "ws" + server.toString().substring("http".length())));
    }

    private void logged(ConsoleMessage message) {
        if (message.type().equals("error")) {
            problems.add("logged: " + message.text() + " (" + message.location() + ")");
        }
    }

    private void requested(Request request) {
        String url = request.url();
        if (!url.startsWith("data:") && !url.startsWith("blob:")) {
            checkServer(url, server.toString());
        }
    }

    private void checkServer(String url, String home) {
        if (!url.startsWith(home + "/")) {
            problems.add("request to another server: " + url);
        }
    }

    BrowserContext context() {
        return context;
    }

    /** Allows the errors that Chromium logs while the server cannot be reached. */
    void expectLostConnections() {
        UNREACHABLE.forEach(this::expectError);
    }

    /** @param message a regular expression: a page may log errors that match it */
    void expectError(String message) {
        expected.add(Pattern.compile("logged: " + message, Pattern.DOTALL));
    }

    /** The problems so far, without the expected errors. */
    List<String> problems() {
        // Playwright dispatches events only during a call.
        context.pages().forEach(page -> page.evaluate("() => 1"));
        return problems.stream()
                .filter(problem -> expected.stream()
                        .noneMatch(pattern -> pattern.matcher(problem).matches()))
                .toList();
    }

    /** Forgets the problems so far, which the test caused on purpose. */
    void clearProblems() {
        problems.clear();
    }

    /** @param evidence the folder for screenshots and trace, if they are kept */
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
