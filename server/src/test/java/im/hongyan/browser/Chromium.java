package im.hongyan.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The system's Chromium, one for all classes of a run. Not thread-safe, as Playwright is not. */
final class Chromium implements AutoCloseable {
    /** Generous, because the machine can be slow while all tests run. A wait ends as soon as its condition holds. */
    static final int TIMEOUT_MS = 30_000;

    /** Disabled features. The switch replaces Playwright's, so entries of its list that affect pages are repeated. */
    private static final List<String> FEATURES = List.of(
            // Internal pages: each new window opens two, which take a quarter of the browser's CPU time.
            "WebUIOmniboxPopup",
            "WebUIOmniboxAimPopup",
            "AiModeOmniboxEntryPoint",
            // Also disabled by Playwright.
            "AvoidUnnecessaryBeforeUnloadCheckSync",
            "BoundaryEventDispatchTracksNodeRemoval",
            "DestroyProfileOnBrowserClose",
            "DialMediaRouteProvider",
            "HttpsUpgrades",
            "MediaRouter",
            "OptimizationHints",
            "PaintHolding",
            "ThirdPartyStoragePartitioning",
            "Translate");

    private static final List<String> ARGUMENTS = List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Calls: fake devices without questions, which pages may use in the background and play without a click.
            "--use-fake-device-for-media-stream=fps=5",
            "--use-fake-ui-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            // For relays on this machine.
            "--allow-loopback-in-peer-connection",
            "--disable-features=" + String.join(",", FEATURES));

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    static Chromium launch() {
        Path executable = executable();
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT_MS);
        try {
            BrowserType.LaunchOptions options = new BrowserType.LaunchOptions()
                    .setExecutablePath(executable)
                    .setArgs(ARGUMENTS);
            return new Chromium(playwright, playwright.chromium().launch(options));
        } catch (RuntimeException e) {
            playwright.close();
            throw e;
        }
    }

    private static Path executable() {
        return executable(System.getenv("CHROMIUM"));
    }

    /** @param named the configured path, or null */
    static Path executable(String named) {
        Path executable = Path.of(named == null || named.isBlank() ? "/usr/bin/chromium" : named);
        if (!Files.isExecutable(executable)) {
            throw new AssertionError("The browser tests need Chromium, but there is none at " + executable
                    + ": install it (on Debian: apt-get install chromium), or set CHROMIUM to its path.");
        }
        return executable;
    }

    Browser browser() {
        return browser;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
