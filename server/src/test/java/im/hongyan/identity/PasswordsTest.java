package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PasswordsTest {
    private static final Password PASSWORD = Password.of("correct horse");

    @Test
    void verify_noAccount_isFalse(Vertx vertx) throws Exception {
        Passwords passwords = new Passwords(vertx, new IdentitySettings.Hashing(64, 1, 1, 10));

        assertThat(passwords.verify("a", PASSWORD, null).await(60, TimeUnit.SECONDS))
                .isFalse();
    }

    @Test
    void hash_queueFull_isLimitedAndRecovers(Vertx vertx) throws Exception {
        Passwords passwords = new Passwords(vertx, new IdentitySettings.Hashing(8192, 1, 1, 4));

        List<Future<String>> asked = IntStream.range(0, 20)
                .mapToObj(i -> passwords.hash("a", PASSWORD))
                .toList();
        Future.join(asked).otherwiseEmpty().await(30, TimeUnit.SECONDS);

        assertThat(asked.stream().filter(Future::succeeded).count()).isBetween(4L, 19L);
        assertThat(asked.stream().filter(Future::failed)).isNotEmpty().allSatisfy(refused -> assertThat(refused.cause())
                .isInstanceOfSatisfying(Rejection.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.LIMITED);
                    assertThat(e.retryAfterMs()).isPositive();
                }));
        String hash = passwords.hash("a", PASSWORD).await(60, TimeUnit.SECONDS);
        assertThat(passwords.verify("a", PASSWORD, hash).await(60, TimeUnit.SECONDS))
                .isTrue();
    }
}
