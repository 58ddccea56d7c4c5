package im.hongyan.browser;

import com.microsoft.playwright.Browser;
import java.util.function.Consumer;

/** The web client with calls in a fixed state, with generated pictures and without a connection. */
final class CallGallery {
    private CallGallery() {}

    /** A page that can open scenes. */
    static Tab visit(BrowserExtension browser, Consumer<Browser.NewContextOptions> options) throws Exception {
        return Gallery.visit(browser, options);
    }

    /** Shows a scene, see {@link Gallery#open}. */
    static void open(Tab tab, String scene, String options) {
        Gallery.open(tab, "call-gallery", scene, options);
    }
}
