package im.hongyan.loadtest.client;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a socket closed.
 *
 * @param code as in RFC 6455; {@link #ABNORMAL} without a close frame
 * @param reason never null
 */
public record Closure(int code, String reason) {
    public static final int NORMAL = 1000;
    public static final int ABNORMAL = 1006;
    public static final int RESTART = 1012;
    public static final int OVERLOADED = 1013;
    public static final int SIGNED_OUT = 4001;
    public static final int REPLACED = 4002;
    public static final int PROTOCOL_ERROR = 4003;

    private static final Pattern RETRY = Pattern.compile("retry=(\\d{1,9})");

    public Closure {
        reason = reason == null ? "" : reason;
    }

    /** Whether the server told this client to stop instead of reconnecting. */
    public boolean isFinal() {
        return code == SIGNED_OUT || code == REPLACED || code == PROTOCOL_ERROR;
    }

    /** How long the server asks the client to wait before it reconnects. */
    public Optional<Duration> retryAfter() {
        Matcher retry = RETRY.matcher(reason);
        return retry.find() ? Optional.of(Duration.ofMillis(Long.parseLong(retry.group(1)))) : Optional.empty();
    }
}
