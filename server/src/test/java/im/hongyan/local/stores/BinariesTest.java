package im.hongyan.local.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinariesTest {
    @Test
    void redis_concurrentStarts_unpackOnceAndLeaveNoDraft(@TempDir Path runtime) throws Exception {
        String redis = Platform.here().redis;
        int starts = 8;
        CountDownLatch together = new CountDownLatch(starts);
        ExecutorService threads = Executors.newFixedThreadPool(starts);
        try {
            List<Future<Path>> unpacked = new ArrayList<>();
            for (int i = 0; i < starts; i++) {
                unpacked.add(threads.submit(() -> {
                    together.countDown();
                    together.await();
                    return new Binaries(runtime).redis(redis);
                }));
            }
            for (Future<Path> one : unpacked) {
                assertThat(one.get(30, TimeUnit.SECONDS)).isExecutable();
            }
        } finally {
            threads.shutdownNow();
        }
        try (Stream<Path> left = Files.list(runtime)) {
            assertThat(left).containsExactly(runtime.resolve(redis));
        }
    }
}
