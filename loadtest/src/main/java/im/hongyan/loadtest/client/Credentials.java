package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A user's tokens. Reads the answers to registration and sign-in, and the lines of {@code hongyan users create}. */
public record Credentials(String user, String username, String accessToken, String refreshToken) {
    static Credentials ofSession(JsonNode answer) {
        JsonNode user = Json.object(answer, "user");
        return new Credentials(
                Json.text(user, "id"),
                Json.text(user, "username"),
                Json.text(answer, "accessToken"),
                Json.optionalText(answer, "refreshToken"));
    }

    /**
     * Reads a JSON object {@code {"user", "username", "accessToken", "refreshToken"}}.
     *
     * @throws IllegalArgumentException that names a missing field and contains no token
     */
    public static Credentials ofLine(String line) {
        JsonNode json;
        try {
            json = Json.parse(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException("not a JSON object", e);
        }
        return new Credentials(
                Json.text(json, "user"),
                Json.text(json, "username"),
                Json.text(json, "accessToken"),
                Json.optionalText(json, "refreshToken"));
    }

    @Override
    public String toString() {
        return username + " (" + user + ")";
    }
}
