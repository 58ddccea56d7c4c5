package im.hongyan.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All states and all ways to end, before and after the expiry. */
class SettlementTest {
    @ParameterizedTest
    @CsvSource({
        // state,  how,     in time,           late
        "PENDING,  ACCEPT,  SETTLE,            EXPIRED",
        "PENDING,  REFUSE,  SETTLE,            EXPIRED",
        "PENDING,  RETURN,  NOT_DUE,           SETTLE",
        "PENDING,  ABANDON, SETTLE,            SETTLE",
        "ACCEPTED, ACCEPT,  ALREADY_SETTLED,   ALREADY_SETTLED",
        "ACCEPTED, REFUSE,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "ACCEPTED, RETURN,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "ACCEPTED, ABANDON, SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "REFUSED,  ACCEPT,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "REFUSED,  REFUSE,  ALREADY_SETTLED,   ALREADY_SETTLED",
        "REFUSED,  RETURN,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "REFUSED,  ABANDON, SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "RETURNED, ACCEPT,  EXPIRED,           EXPIRED",
        "RETURNED, REFUSE,  EXPIRED,           EXPIRED",
        "RETURNED, RETURN,  ALREADY_SETTLED,   ALREADY_SETTLED",
        "RETURNED, ABANDON, ALREADY_SETTLED,   ALREADY_SETTLED"
    })
    void judge(TransferState state, Settlement how, Settlement.Verdict inTime, Settlement.Verdict late) {
        assertThat(how.judge(state, false)).isEqualTo(inTime);
        assertThat(how.judge(state, true)).isEqualTo(late);
    }
}
