package im.hongyan.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state, every way to end, in time and late. */
class SettlementTest {
    @ParameterizedTest
    @CsvSource({
        // state,  how,     in time,           late
        "PENDING,  ACCEPT,  SETTLE,            EXPIRED",
        "PENDING,  REFUSE,  SETTLE,            EXPIRED",
        "PENDING,  RETURN,  NOT_DUE,           SETTLE",
        "PENDING,  ABANDON, SETTLE,            SETTLE",
        "ACCEPTED, ACCEPT,  SETTLED_SO,        SETTLED_SO",
        "ACCEPTED, REFUSE,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "ACCEPTED, RETURN,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "ACCEPTED, ABANDON, SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "REFUSED,  ACCEPT,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "REFUSED,  REFUSE,  SETTLED_SO,        SETTLED_SO",
        "REFUSED,  RETURN,  SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "REFUSED,  ABANDON, SETTLED_OTHERWISE, SETTLED_OTHERWISE",
        "RETURNED, ACCEPT,  EXPIRED,           EXPIRED",
        "RETURNED, REFUSE,  EXPIRED,           EXPIRED",
        "RETURNED, RETURN,  SETTLED_SO,        SETTLED_SO",
        "RETURNED, ABANDON, SETTLED_SO,        SETTLED_SO"
    })
    void judge(TransferState state, Settlement how, Settlement.Verdict inTime, Settlement.Verdict late) {
        assertThat(how.judge(state, false)).isEqualTo(inTime);
        assertThat(how.judge(state, true)).isEqualTo(late);
    }
}
