package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.config.Configuration;
import im.hongyan.config.InvalidSettings;
import im.hongyan.config.Secret;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of STUN and TURN, and what participants get from them. */
class IceSettingsTest {
    private static final String SECRET = "zkj2lf0OAxdL5HjXvZ0Vd2wT7EwbW4Hq";
    private static final UserId ADA = new UserId(Id.next());

    @TempDir
    Path directory;

    private Configuration load(Map<String, String> environment) throws InvalidSettings {
        return Configuration.load(
                Optional.empty(), directory, environment, List.of(keys -> Optional.of(IceSettings.read(keys))));
    }

    private IceSettings settings(Map<String, String> environment) throws InvalidSettings {
        return load(environment).settings().feature(IceSettings.class);
    }

    private Map<String, String> production(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HONGYAN_PRODUCTION",
                "true",
                "HONGYAN_AUTH_KEYS",
                "a:zkj2lf0OAxdL5HjXvZ0Vd2wT7EwbW4Hq1uEw0VnQ9yqJtUuVZf4Qm3sKp8rY6cGx",
                "HONGYAN_POSTGRES_URL",
                "postgresql://u:a8sd7f6ahsdf@127.0.0.1/x",
                "HONGYAN_REDIS_URL",
                "redis://:a8sd7f6ahsdf@127.0.0.1"));
        environment.putAll(more);
        return environment;
    }

    @Test
    void noSettings_noServers() throws Exception {
        IceSettings settings = settings(Map.of());

        assertThat(settings)
                .isEqualTo(new IceSettings(List.of(), List.of(), Optional.empty(), Duration.ofHours(1), false));
        assertThat(new IceServers(settings, () -> Instant.EPOCH).issue(ADA).servers())
                .isEmpty();
    }

    @Test
    void servers_haveCredentialsOfTheirOwn() throws Exception {
        Configuration configuration = load(Map.of(
                "HONGYAN_CALL_STUN_URLS", "stun:a, stun:b:19302",
                "HONGYAN_CALL_TURN_URLS", "turn:a,turns:a?transport=tcp",
                "HONGYAN_CALL_TURN_SECRET", SECRET,
                "HONGYAN_CALL_TURN_TTL_SECONDS", "600"));
        IceSettings settings = configuration.settings().feature(IceSettings.class);
        assertThat(configuration.print())
                .contains("call.turn-secret=[redacted]")
                .doesNotContain(SECRET);

        IceServers servers = new IceServers(settings, () -> Instant.ofEpochSecond(1_000));
        IceServers.Issued issued = servers.issue(ADA);

        assertThat(issued.expiresAt()).isEqualTo(Instant.ofEpochSecond(1_600));
        assertThat(issued.servers().get(0))
                .isEqualTo(new IceServers.Server(List.of("stun:a", "stun:b:19302"), null, null));
        IceServers.Server turn = issued.servers().get(1);
        assertThat(turn.urls()).containsExactly("turn:a", "turns:a?transport=tcp");
        assertThat(turn.username()).matches("1600:[\\w-]{16}");
        assertThat(turn.credential())
                .isEqualTo(TurnCredentials.of(
                                Secret.of(SECRET),
                                Instant.ofEpochSecond(1_600),
                                turn.username().substring(5))
                        .password());
        assertThat(servers.issue(new UserId(Id.next())).servers().get(1).username())
                .isNotEqualTo(turn.username());
    }

    @Test
    void credentials_ofOneUser_haveTheSameNameForADay() throws Exception {
        IceSettings settings = settings(Map.of("HONGYAN_CALL_TURN_URLS", "turn:a", "HONGYAN_CALL_TURN_SECRET", SECRET));

        assertThat(name(settings, "2026-03-08T00:00:00Z")).isEqualTo(name(settings, "2026-03-08T22:59:59Z"));
        assertThat(name(settings, "2026-03-08T00:00:00Z")).isNotEqualTo(name(settings, "2026-03-08T23:00:00Z"));
        assertThat(name(settings, "2026-03-08T00:00:00Z")).doesNotContain(ADA.text());
    }

    /** What the TURN server counts relays by: the user name without the expiry. */
    private static String name(IceSettings settings, String now) {
        IceServers servers = new IceServers(settings, () -> Instant.parse(now));
        return servers.issue(ADA).servers().get(0).username().split(":", 2)[1];
    }

    /** Computed with: printf 1700000000:ada | openssl dgst -sha1 -hmac SECRET -binary | base64. */
    @Test
    void credentials_matchTheConstructionOfCoturn() {
        TurnCredentials credentials =
                TurnCredentials.of(Secret.of(SECRET), Instant.ofEpochSecond(1_700_000_000), "ada");

        assertThat(credentials.username()).isEqualTo("1700000000:ada");
        assertThat(credentials.password()).isEqualTo("CqOu3hWGZ7TvBYvhp+Y+YI+/YXY=");
        assertThat(credentials.toString()).doesNotContain(credentials.password());
    }

    @Test
    void relayOnly_leavesOutStun() throws Exception {
        IceSettings settings = settings(Map.of(
                "HONGYAN_CALL_STUN_URLS", "stun:a",
                "HONGYAN_CALL_TURN_URLS", "turn:a",
                "HONGYAN_CALL_TURN_SECRET", SECRET,
                "HONGYAN_CALL_RELAY_ONLY", "true"));
        IceServers servers = new IceServers(settings, Instant::now);

        assertThat(servers.relayOnly()).isTrue();
        assertThat(servers.issue(ADA).servers()).singleElement().satisfies(server -> assertThat(server.urls())
                .containsExactly("turn:a"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CALL_TURN_URLS=https://a | HONGYAN_CALL_TURN_URLS: needs URLs like",
                "CALL_TURN_URLS=stun:a | HONGYAN_CALL_TURN_URLS: needs turn: or turns: URLs",
                "CALL_STUN_URLS=turn:a | HONGYAN_CALL_STUN_URLS: needs stun: URLs",
                "CALL_TURN_URLS=turn:a | call.turn-secret: call.turn-urls needs",
                "CALL_RELAY_ONLY=true | call.relay-only: without call.turn-urls",
                "CALL_TURN_TTL_SECONDS=59 | HONGYAN_CALL_TURN_TTL_SECONDS: needs a whole number from 60",
                "CALL_STUN_URLS=stun:a,stun:b,stun:c,stun:d,stun:e,stun:f,stun:g,stun:h,stun:i | at most 8",
            })
    void invalidSettings_areRefused(String setting, String problem) {
        int equals = setting.indexOf('=');
        Map<String, String> environment =
                Map.of("HONGYAN_" + setting.substring(0, equals), setting.substring(equals + 1));
        assertThatThrownBy(() -> load(environment))
                .isInstanceOfSatisfying(InvalidSettings.class, invalid -> assertThat(invalid.problems())
                        .anySatisfy(text -> assertThat(text).contains(problem)));
    }

    @Test
    void production_withoutTurn_warns_andWithAShortSecretRefuses() throws Exception {
        assertThat(load(production(Map.of())).warnings())
                .singleElement()
                .asString()
                .startsWith("call.turn-urls: no TURN server is set");
        assertThat(load(Map.of()).warnings()).isEmpty();
        assertThat(load(production(Map.of("HONGYAN_CALL_TURN_URLS", "turn:a", "HONGYAN_CALL_TURN_SECRET", SECRET)))
                        .warnings())
                .isEmpty();
        assertThatThrownBy(() -> load(
                        production(Map.of("HONGYAN_CALL_TURN_URLS", "turn:a", "HONGYAN_CALL_TURN_SECRET", "short"))))
                .isInstanceOfSatisfying(InvalidSettings.class, invalid -> assertThat(invalid.problems())
                        .containsExactly("call.turn-secret: production mode needs at least 16 characters"
                                + " (openssl rand -base64 32)"));
    }
}
