package im.hongyan.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RequestCoalescerTest {
    private record Request(String key, List<Integer> questions, Promise<List<String>> answers) {
        void answer() {
            answers.complete(questions.stream().map(question -> key + question).toList());
        }
    }

    private final List<Request> requests = new ArrayList<>();
    private final RequestCoalescer<String, Integer, String> coalescer =
            new RequestCoalescer<>(5, 20, () -> new IllegalStateException("full"), this::request);

    private Future<List<String>> request(String key, List<Integer> questions) {
        Request request = new Request(key, List.copyOf(questions), Promise.promise());
        requests.add(request);
        return request.answers.future();
    }

    @Test
    void ask_idleKey_requestsAtOnce() {
        Future<String> answer = coalescer.ask("a", 1);
        assertThat(requests).singleElement().satisfies(request -> assertThat(request.questions)
                .containsExactly(1));
        requests.get(0).answer();
        assertThat(answer.result()).isEqualTo("a1");

        coalescer.ask("a", 2);
        assertThat(requests).hasSize(2);
    }

    @Test
    void ask_duringRequest_joinsNextBatch() {
        List<Future<String>> answers =
                IntStream.range(0, 4).mapToObj(i -> coalescer.ask("a", i)).toList();
        assertThat(requests).hasSize(1);
        requests.get(0).answer();
        assertThat(requests).hasSize(2);
        assertThat(requests.get(1).questions).containsExactly(1, 2, 3);
        assertThat(answers.get(0).result()).isEqualTo("a0");
        assertThat(answers.get(1).isComplete()).isFalse();

        requests.get(1).answer();
        assertThat(answers).extracting(Future::result).containsExactly("a0", "a1", "a2", "a3");
        assertThat(requests).hasSize(2);
    }

    @Test
    void ask_otherKey_doesNotWait() {
        coalescer.ask("a", 1);
        coalescer.ask("b", 2);
        assertThat(requests).extracting(Request::key).containsExactly("a", "b");
    }

    @Test
    void ask_failedRequest_failsItsOwnBatchOnly() {
        List<Future<String>> answers =
                IntStream.range(0, 3).mapToObj(i -> coalescer.ask("a", i)).toList();
        requests.get(0).answers.fail("away");
        assertThat(answers.get(0).cause()).hasMessage("away");
        requests.get(1).answer();
        assertThat(answers.get(1).result()).isEqualTo("a1");
        assertThat(answers.get(2).result()).isEqualTo("a2");
    }

    @Test
    void ask_queueFull_refuses() {
        coalescer.ask("a", -1);
        for (int i = 0; i < 20; i++) {
            coalescer.ask("a", i);
        }
        assertThat(coalescer.ask("b", 0).isComplete()).isFalse();
        assertThat(coalescer.ask("a", 0).cause()).hasMessage("full");
        requests.get(0).answer();
        assertThat(requests.get(2).questions).containsExactly(0, 1, 2, 3, 4);
        assertThat(coalescer.ask("a", 0).isComplete()).isFalse();
    }
}
