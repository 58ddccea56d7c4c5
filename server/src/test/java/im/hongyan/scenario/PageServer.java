package im.hongyan.scenario;

import im.hongyan.loadtest.client.ChatClient;
import java.net.URI;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;

/** What serves the pages of a browser test. */
public interface PageServer extends BeforeAllCallback, AfterAllCallback {
    /** Where pages find it, even while it is stopped. */
    URI uri();

    ChatClient client();

    /** Starts again what a test has stopped. */
    void restore() throws Exception;
}
