package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Strangers who guess a user's password must not keep the user out. The clients are behind a proxy. */
class LockOutTest {
    private static final int PER_ADDRESS = 40;
    private static final int PER_NAME = 20;
    private static final int PER_CLIENT = 5;
    private static final String PASSWORD = "correct horse battery";

    @RegisterExtension
    static final NodeExtension node = new NodeExtension()
            .with("HONGYAN_HTTP_TRUSTED_PROXIES", "127.0.0.1")
            .with("HONGYAN_LIMITS_LOGINS_PER_ADDRESS_PER_MINUTE", Integer.toString(PER_ADDRESS))
            .with("HONGYAN_LIMITS_LOGINS_PER_USERNAME_PER_MINUTE", Integer.toString(PER_NAME))
            .with("HONGYAN_LIMITS_LOGINS_PER_USERNAME_AND_ADDRESS_PER_MINUTE", Integer.toString(PER_CLIENT));

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger ADDRESSES = new AtomicInteger();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** An address that no other client has. */
    private static String freshAddress() {
        int number = ADDRESSES.incrementAndGet();
        return "10.7." + number / 250 + "." + (1 + number % 250);
    }

    private static String freshName() {
        return "owner-" + TestUser.newClientId().substring(0, 8);
    }

    private static CompletableFuture<HttpResponse<String>> send(
            String path, String address, Map<String, String> body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.uri() + "/api/v1" + path))
                .header("Content-Type", "application/json")
                .header("X-Forwarded-For", address)
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String address, Map<String, String> body, String... headers)
            throws Exception {
        return send(path, address, body, headers).get(30, TimeUnit.SECONDS);
    }

    private static HttpResponse<String> signIn(String name, String password, String address, String... headers)
            throws Exception {
        return post("/sessions", address, Map.of("username", name, "password", password), headers);
    }

    private static String reason(HttpResponse<String> response) throws Exception {
        return JSON.readTree(response.body()).path("reason").asText();
    }

    private static String cookie(HttpResponse<String> response) {
        return response.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    }

    private record Owner(String name, String address, String cookie, JsonNode session) {}

    private static Owner register() throws Exception {
        String name = freshName();
        String address = freshAddress();
        HttpResponse<String> response = post("/accounts", address, Map.of("username", name, "password", PASSWORD));
        assertThat(response.statusCode()).isEqualTo(201);
        return new Owner(name, address, cookie(response), JSON.readTree(response.body()));
    }

    /** Limits count by the minute of the clock, so a minute that ends meanwhile allows {@code max} more guesses. */
    private static void guessUntil(String limited, int max, Callable<HttpResponse<String>> guess) throws Exception {
        List<String> reasons = new ArrayList<>();
        do {
            reasons.add(reason(guess.call()));
        } while (!reasons.contains(limited) && reasons.size() <= 2 * max);
        assertThat(reasons).startsWith("credentials.wrong").endsWith(limited);
    }

    /** Guesses from many addresses, until a new device at a new address is refused, too. */
    private static void besiege(Owner owner) throws Exception {
        guessUntil("password.limited", PER_NAME, () -> signIn(owner.name(), "wrong horse", freshAddress()));
        assertThat(reason(signIn(owner.name(), PASSWORD, freshAddress()))).isEqualTo("password.limited");
    }

    @Test
    void signIn_atAddressWithSession_whileStrangersGuess_succeeds() throws Exception {
        Owner owner = register();
        besiege(owner);

        assertThat(signIn(owner.name(), PASSWORD, owner.address()).statusCode()).isEqualTo(201);
    }

    @Test
    void signIn_deviceThatSignedInBefore_succeedsAnywhere() throws Exception {
        Owner owner = register();
        post(
                "/me/password",
                owner.address(),
                Map.of("oldPassword", PASSWORD, "newPassword", PASSWORD + "!"),
                "Authorization",
                "Bearer " + owner.session().path("accessToken").asText());
        besiege(new Owner(owner.name(), owner.address(), owner.cookie(), owner.session()));

        HttpResponse<String> response = signIn(owner.name(), PASSWORD + "!", freshAddress(), "Cookie", owner.cookie());

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Set-Cookie").orElseThrow())
                .containsIgnoringCase("HttpOnly")
                .contains("SameSite=Strict")
                .startsWith(owner.cookie().substring(0, owner.cookie().indexOf('.')));
    }

    /** The strangers share the owner's address and have exhausted its limit. */
    @Test
    void signIn_deviceThatSignedInBefore_succeedsAtStrangersAddress() throws Exception {
        Owner owner = register();
        String shared = freshAddress();
        guessUntil("signin.limited", PER_ADDRESS, () -> signIn(freshName(), "wrong horse", shared));
        assertThat(reason(signIn(owner.name(), PASSWORD, shared))).isEqualTo("signin.limited");

        assertThat(signIn(owner.name(), PASSWORD, shared, "Cookie", owner.cookie())
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void signIn_deviceOfOtherAccount_isNotRecognized() throws Exception {
        Owner owner = register();
        Owner stranger = register();
        besiege(owner);
        String renamed =
                owner.cookie().split("=", 2)[0] + "=" + stranger.cookie().split("=", 2)[1];

        for (String cookie : List.of(stranger.cookie(), renamed, owner.cookie().replace(".", ".1"))) {
            assertThat(reason(signIn(owner.name(), PASSWORD, freshAddress(), "Cookie", cookie)))
                    .isEqualTo("password.limited");
        }
    }

    /** A recognized device has a separate limit, so that a stolen cookie does not allow unlimited guesses. */
    @Test
    void signIn_wrongPasswordsOfRecognizedDevice_areLimited() throws Exception {
        Owner owner = register();

        guessUntil(
                "password.limited",
                PER_CLIENT,
                () -> signIn(owner.name(), "wrong horse", freshAddress(), "Cookie", owner.cookie()));
    }

    @Test
    void changePassword_whileStrangersGuess_succeeds() throws Exception {
        Owner owner = register();
        besiege(owner);

        HttpResponse<String> changed = post(
                "/me/password",
                freshAddress(),
                Map.of("oldPassword", PASSWORD, "newPassword", "another long secret"),
                "Authorization",
                "Bearer " + owner.session().path("accessToken").asText());

        assertThat(changed.statusCode()).isEqualTo(204);
    }

    /** Hashing is slow: a stranger's guesses delay only each other. */
    @Test
    void signIn_whileStrangerFillsHashingQueue_succeeds() throws Exception {
        List<Owner> owners = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            owners.add(register());
        }
        String crowd = "10.99.0.";
        List<CompletableFuture<HttpResponse<String>>> guesses = new ArrayList<>();
        for (int i = 0; i < 8 * PER_ADDRESS; i++) {
            guesses.add(send(
                    "/sessions", crowd + (1 + i % 8), Map.of("username", "nobody-" + i, "password", "wrong horse")));
        }
        List<Integer> statuses = new ArrayList<>();
        for (Owner owner : owners) {
            statuses.add(signIn(owner.name(), PASSWORD, freshAddress()).statusCode());
            statuses.add(signIn(owner.name(), PASSWORD, owner.address()).statusCode());
        }
        CompletableFuture.allOf(guesses.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);

        assertThat(guesses.stream().map(guess -> guess.join().statusCode())).contains(429);
        assertThat(statuses).hasSize(10).containsOnly(201);
    }
}
