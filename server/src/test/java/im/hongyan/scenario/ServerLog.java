package im.hongyan.scenario;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** The warnings, errors and stack traces that the server logs while a test class runs. */
public final class ServerLog implements BeforeAllCallback, AfterAllCallback {
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            boolean isFault = event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null;
            // Other test classes of this JVM log their own failures, on purpose.
            if (isFault && !event.getLoggerName().endsWith("Test")) {
                events.add(event);
            }
        }
    };

    private Level before;

    @Override
    public void beforeAll(ExtensionContext context) {
        Logger root = root();
        appender.setContext(root.getLoggerContext());
        appender.start();
        before = root.getLevel();
        root.setLevel(Level.WARN);
        root.addAppender(appender);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        root().detachAppender(appender);
        root().setLevel(before);
        appender.stop();
    }

    /** Fails if an error or a stack trace was logged since the last call. */
    public void assertQuiet() {
        List<String> seen = events.stream()
                .map(event -> event.getLevel() + " " + event.getLoggerName() + ": " + event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : " " + event.getThrowableProxy().getMessage()))
                .toList();
        events.clear();
        Assertions.assertThat(seen).isEmpty();
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
