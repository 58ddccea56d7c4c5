package im.hongyan.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.WaitForSelectorState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * The web client in a fixed state, without a connection. Each gallery is a folder of the test resources, and uses the
 * sources of the web client.
 */
final class Gallery {
    /** Later folders have what the earlier ones lack. The last one has the libraries that the build unpacked. */
    private static final List<Path> FOLDERS = List.of(
            Path.of("src", "test", "resources", "web"),
            Path.of("src", "main", "resources", "web"),
            Path.of("target", "vendor"));

    private Gallery() {}

    /** A page that can open scenes. */
    static Tab visit(BrowserExtension browser, Consumer<Browser.NewContextOptions> options) throws Exception {
        Tab tab = browser.newVisitor("Nobody", options);
        tab.page().route("**/gallery/**", Gallery::serve);
        return tab;
    }

    /**
     * Shows a scene.
     *
     * @param gallery the folder
     * @param scene a name in its {@code scenes.js}
     * @param options further parameters of the address, such as {@code &theme=dark&language=it}
     */
    static void open(Tab tab, String gallery, String scene, String options) {
        tab.page().navigate("/gallery/" + gallery + "/index.html?scene=" + scene + options);
        Page.WaitForSelectorOptions attached =
                new Page.WaitForSelectorOptions().setState(WaitForSelectorState.ATTACHED);
        tab.page().waitForSelector("html[data-ready]", attached);
    }

    private static void serve(Route route) {
        String path = route.request().url().replaceAll("^.*/gallery/|\\?.*$", "");
        FOLDERS.stream()
                .map(folder -> folder.resolve(path))
                .filter(Files::isRegularFile)
                .findFirst()
                .ifPresentOrElse(
                        file -> route.fulfill(new Route.FulfillOptions().setPath(file)),
                        () -> route.fulfill(new Route.FulfillOptions().setStatus(404)));
    }
}
