package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SingleFlightTest {
    private final SingleFlight<String, Integer> reads = new SingleFlight<>();
    private final List<Promise<Integer>> begun = new ArrayList<>();

    private Future<Integer> work() {
        Promise<Integer> promise = Promise.promise();
        begun.add(promise);
        return promise.future();
    }

    @Test
    void fresh_whileOneIsUnderWay_sharesTheNext() {
        Future<Integer> first = reads.fresh("a", this::work);
        Future<Integer> second = reads.fresh("a", this::work);
        Future<Integer> third = reads.fresh("a", this::work);
        assertThat(begun).hasSize(1);
        begun.get(0).complete(1);
        assertThat(first.result()).isEqualTo(1);
        assertThat(second.isComplete()).isFalse();
        assertThat(begun).hasSize(2);
        Future<Integer> fourth = reads.fresh("a", this::work);
        begun.get(1).complete(2);
        assertThat(second.result()).isEqualTo(2);
        assertThat(third.result()).isEqualTo(2);
        assertThat(fourth.isComplete()).isFalse();
        begun.get(2).complete(3);
        assertThat(fourth.result()).isEqualTo(3);
    }

    @Test
    void fresh_ofDifferentKeys_areSideBySide() {
        reads.fresh("a", this::work);
        reads.fresh("b", this::work);
        assertThat(begun).hasSize(2);
    }

    @Test
    void fresh_afterAFailure_goesOn() {
        Future<Integer> failed = reads.fresh("a", () -> {
            throw new IllegalStateException("broken");
        });
        assertThat(failed.failed()).isTrue();
        Future<Integer> next = reads.fresh("a", this::work);
        begun.get(0).fail("lost");
        assertThat(next.failed()).isTrue();
        reads.fresh("a", this::work);
        assertThat(begun).hasSize(2);
    }
}
