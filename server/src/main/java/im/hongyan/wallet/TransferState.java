package im.hongyan.wallet;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a transfer stands; the texts are stored. */
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
