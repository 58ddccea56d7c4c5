package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SingleFlightTest {
    private final SingleFlight<String, Integer> flights = new SingleFlight<>();
    private final List<Promise<Integer>> started = new ArrayList<>();

    private Future<Integer> work() {
        Promise<Integer> promise = Promise.promise();
        started.add(promise);
        return promise.future();
    }

    @Test
    void join_flightUnderWay_sharesIt() {
        Future<Integer> first = flights.join("a", this::work);
        Future<Integer> second = flights.join("a", this::work);
        assertThat(started).hasSize(1);
        started.get(0).complete(1);
        assertThat(first.result()).isEqualTo(1);
        assertThat(second.result()).isEqualTo(1);

        flights.join("a", this::work);
        assertThat(started).hasSize(2);
    }

    @Test
    void join_fromTheResult_startsAnew() {
        Future<Integer> next = flights.join("a", this::work).compose(result -> flights.join("a", this::work));
        started.get(0).complete(1);
        assertThat(started).hasSize(2);
        started.get(1).complete(2);
        assertThat(next.result()).isEqualTo(2);
    }

    @Test
    void joinNext_flightUnderWay_sharesTheNext() {
        Future<Integer> first = flights.joinNext("a", this::work);
        Future<Integer> second = flights.joinNext("a", this::work);
        Future<Integer> third = flights.joinNext("a", this::work);
        assertThat(started).hasSize(1);
        started.get(0).complete(1);
        assertThat(first.result()).isEqualTo(1);
        assertThat(second.isComplete()).isFalse();
        assertThat(started).hasSize(2);
        Future<Integer> fourth = flights.joinNext("a", this::work);
        Future<Integer> joined = flights.join("a", this::work);
        started.get(1).complete(2);
        assertThat(second.result()).isEqualTo(2);
        assertThat(third.result()).isEqualTo(2);
        assertThat(joined.result()).isEqualTo(2);
        assertThat(fourth.isComplete()).isFalse();
        started.get(2).complete(3);
        assertThat(fourth.result()).isEqualTo(3);
    }

    @Test
    void joinNext_differentKeys_runSideBySide() {
        flights.joinNext("a", this::work);
        flights.joinNext("b", this::work);
        flights.join("c", this::work);
        assertThat(started).hasSize(3);
    }

    @Test
    void joinNext_afterFailure_startsAnew() {
        Future<Integer> failed = flights.joinNext("a", () -> {
            throw new IllegalStateException("broken");
        });
        assertThat(failed.cause()).hasMessage("broken");
        Future<Integer> next = flights.joinNext("a", this::work);
        started.get(0).fail("lost");
        assertThat(next.cause()).hasMessage("lost");
        flights.joinNext("a", this::work);
        assertThat(started).hasSize(2);
    }
}
