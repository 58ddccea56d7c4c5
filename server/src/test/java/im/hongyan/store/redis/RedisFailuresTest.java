package im.hongyan.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.store.StoreUnavailable;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisFailuresTest {
    private static final Set<String> OF_A_REPLICA = Set.of("READONLY", "MASTERDOWN");

    static Stream<String> transientErrors() {
        return Stream.of(
                "READONLY You can't write against a read only replica.",
                "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
                "OOM command not allowed when used memory > 'maxmemory'.",
                "LOADING Redis is loading the dataset in memory",
                "NOREPLICAS Not enough good replicas to write.",
                "MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.",
                "CLUSTERDOWN Hash slot not served",
                "CLUSTERDOWN The cluster is down",
                "TRYAGAIN Multiple keys request during rehashing of slot",
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.");
    }

    @ParameterizedTest
    @MethodSource("transientErrors")
    void translate_transientErrorInAnyForm_isUnavailable(String error) {
        boolean replica = OF_A_REPLICA.contains(error.substring(0, error.indexOf(' ')));
        for (String form : new String[] {
            "%s",
            "-%s",
            "ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:1:"
                    + " @user_script: 1: -%s",
            "ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:24:"
                    + " @user_script: 24: %s",
            "ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:7: -%s",
            "%s script: 6b1bf486c81ceb7edf3c093f4c48582e38c0e791, on @user_script:1.",
            "EXECABORT Transaction discarded because of: %s",
            "ERR [1] %s",
            "ERR [0] ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:1:"
                    + " @user_script: 1: -%s",
        }) {
            Throwable failure = ErrorType.create(form.formatted(error));
            assertThat(RedisFailures.translate(failure)).as(form).isInstanceOf(StoreUnavailable.class);
            assertThat(RedisFailures.requiresReconnect(failure)).as(form).isEqualTo(replica);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONNECTION_CLOSED",
                "ERR [0] CONNECTION_CLOSED",
                "ERR [0] io.netty.channel.StacklessClosedChannelException",
                "ERR [3] java.io.IOException: Connection reset by peer",
            })
    void translate_connectionLost_hasUnknownOutcome(String error) {
        assertThat(RedisFailures.translate(ErrorType.create(error)))
                .isInstanceOfSatisfying(StoreUnavailable.class, failure -> assertThat(failure.outcomeKnown())
                        .isFalse());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "WRONGTYPE Operation against a key holding the wrong kind of value",
                "ERR unknown command 'READONLYX'",
                "ERR Error running script (call to f_6b): @user_script:1: user_script:1: attempt to index a nil value",
                "ERR Error running script (call to f_6b1b): @user_script:3: @user_script: 3: -WRONGTYPE Operation",
                "ERR Error compiling script (new function): user_script:1: '=' expected near 'READONLY'",
                "ERR the text READONLY in an argument",
            })
    void translate_errorOfTheCaller_isKept(String error) {
        Throwable failure = ErrorType.create(error);
        assertThat(RedisFailures.translate(failure)).isSameAs(failure);
        assertThat(RedisFailures.requiresReconnect(failure)).isFalse();
    }
}
