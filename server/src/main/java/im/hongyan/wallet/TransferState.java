package im.hongyan.wallet;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The state of a transfer. The texts are stored and sent to clients. */
enum TransferState {
    PENDING,
    ACCEPTED,
    REFUSED,
    RETURNED;

    static TransferState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
