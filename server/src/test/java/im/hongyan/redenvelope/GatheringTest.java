package im.hongyan.redenvelope;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GatheringTest {
    private record Request(String key, List<Integer> questions, Promise<List<String>> answers) {
        void answer() {
            answers.complete(questions.stream().map(question -> key + question).toList());
        }
    }

    private final List<Request> requests = new ArrayList<>();
    private final Gathering<String, Integer, String> gathering = new Gathering<>((key, questions) -> {
        Request request = new Request(key, List.copyOf(questions), Promise.promise());
        requests.add(request);
        return request.answers.future();
    });

    @Test
    void ask_whileIdle_goesAtOnce() {
        Future<String> answer = gathering.ask("a", 1);
        assertThat(requests).singleElement().satisfies(request -> assertThat(request.questions)
                .containsExactly(1));
        requests.get(0).answer();
        assertThat(answer.result()).isEqualTo("a1");

        gathering.ask("a", 2);
        assertThat(requests).hasSize(2);
    }

    @Test
    void ask_meanwhile_goesTogetherWithTheNext() {
        List<Future<String>> answers =
                IntStream.range(0, 4).mapToObj(i -> gathering.ask("a", i)).toList();
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
    void ask_ofAnotherKey_doesNotWait() {
        gathering.ask("a", 1);
        gathering.ask("b", 2);
        assertThat(requests).extracting(Request::key).containsExactly("a", "b");
    }

    @Test
    void ask_whatFails_failsForThoseOfThatRequestOnly() {
        List<Future<String>> answers =
                IntStream.range(0, 3).mapToObj(i -> gathering.ask("a", i)).toList();
        requests.get(0).answers.fail("away");
        assertThat(answers.get(0).cause()).hasMessage("away");
        requests.get(1).answer();
        assertThat(answers.get(1).result()).isEqualTo("a1");
        assertThat(answers.get(2).result()).isEqualTo("a2");
    }

    @Test
    void ask_crowd_isBoundedInEachRequestAndInAll() {
        gathering.ask("a", -1);
        for (int i = 0; i < 20_000; i++) {
            gathering.ask("a", i);
        }
        assertThat(gathering.ask("b", 0).isComplete()).isFalse();
        assertThat(gathering.ask("a", 0).cause())
                .isInstanceOfSatisfying(
                        Rejection.class, busy -> assertThat(busy.reason()).isEqualTo("envelope.busy"));
        requests.get(0).answer();
        assertThat(requests.get(2).questions).hasSize(256).startsWith(0, 1).endsWith(255);
        assertThat(gathering.ask("a", 0).isComplete()).isFalse();
    }
}
