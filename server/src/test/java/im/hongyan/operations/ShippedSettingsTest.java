package im.hongyan.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.Features;
import im.hongyan.config.Configuration;
import im.hongyan.config.InvalidSettings;
import im.hongyan.config.SettingValue;
import im.hongyan.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes accept the settings in the files of {@code cluster-config/}. */
class ShippedSettingsTest {
    private static final Pattern VARIABLE = Pattern.compile("\\bHONGYAN_[A-Z_]*[A-Z]\\b(?!_)");
    private static final String PASSWORD = "gv7Kd2QxZs4mPq8wLb3c";
    private static final String KEY = "a:zkj2lf0OAxdL5HjXvZ0Vd2wT7EwbW4Hq1uEw0VnQ9yqJtUuVZf4Qm3sKp8rY6cGx";

    @TempDir
    Path folder;

    @Test
    void shippedFiles_nameExistingSettingsOnly() throws Exception {
        Set<String> known = load(Map.of()).values().stream()
                .map(SettingValue::key)
                .map(key -> "HONGYAN_" + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
                .collect(Collectors.toSet());
        Set<String> unknown = new TreeSet<>();
        int found = 0;
        for (Path file : filesForOperators()) {
            for (Matcher each = VARIABLE.matcher(Files.readString(file)); each.find(); found++) {
                if (!known.contains(each.group())) {
                    unknown.add(file.getFileName() + ": " + each.group());
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(found).isGreaterThan(40);
    }

    private static List<Path> filesForOperators() throws IOException {
        List<Path> files = new java.util.ArrayList<>(
                Shipped.files().stream().map(Shipped.FOLDER::resolve).toList());
        Path root = Shipped.FOLDER.getParent();
        files.add(root.resolve("docs").resolve("operating.md"));
        files.add(root.resolve("README.md"));
        return files;
    }

    @Test
    void kubernetes_placeholders_areRefused() throws Exception {
        InvalidSettings refused = catchThrowableOfType(InvalidSettings.class, () -> load(pod()));
        assertThat(refused.problems())
                .anyMatch(problem -> problem.contains("HONGYAN_AUTH_KEYS"))
                .anyMatch(problem -> problem.contains("postgres.url"))
                .anyMatch(problem -> problem.contains("redis.url"))
                .anyMatch(problem -> problem.contains("call.turn-secret"));
    }

    @Test
    void kubernetes_ownSecrets_isAccepted() throws Exception {
        Map<String, String> environment = pod();
        environment.put("HONGYAN_AUTH_KEYS", KEY);
        environment.put("HONGYAN_CALL_TURN_SECRET", PASSWORD);
        environment.replaceAll((name, value) -> value.replace("changeme", PASSWORD));
        Configuration configuration = load(environment);
        // Whether the pods' network is private is up to the operator.
        assertThat(configuration.warnings()).singleElement().asString().startsWith("HONGYAN_CLUSTER_TLS_*");
        Settings settings = configuration.settings();
        assertThat(settings.production()).isTrue();
        assertThat(settings.http().host()).isEqualTo("0.0.0.0");
    }

    /** The environment of a pod. */
    private static Map<String, String> pod() throws IOException {
        Map<String, String> environment = new HashMap<>();
        put(environment, Shipped.yaml("kubernetes/config.yaml").get(0).get("data"));
        put(environment, Shipped.yaml("kubernetes/secret.yaml").get(0).get("stringData"));
        Shipped.yaml("kubernetes/deployment.yaml")
                .get(0)
                .findValue("env")
                .forEach(variable ->
                        // The pod's address, which Kubernetes fills in.
                        environment.put(variable.get("name").asText(), "10.1.2.3"));
        return environment;
    }

    @Test
    void compose_shippedFile_isAccepted() throws Exception {
        JsonNode services = Shipped.yaml("compose.yaml").get(0).get("services");
        Set<String> hosts = new TreeSet<>();
        for (JsonNode node : services) {
            JsonNode own = node.path("environment");
            if (!own.has("HONGYAN_CLUSTER_HOST")) {
                continue;
            }
            // As in the image.
            Map<String, String> environment = image();
            put(environment, own.get("<<"));
            put(environment, own);
            environment.remove("<<");
            environment.replaceAll((name, value) ->
                    name.equals("HONGYAN_AUTH_KEYS") ? KEY : value.replaceAll("\\$\\{[^}]*}", PASSWORD));
            Configuration configuration = load(environment);
            assertThat(configuration.settings().production()).isTrue();
            // All of it stays in the private network of the compose file.
            assertThat(configuration.warnings())
                    .extracting(warning -> warning.substring(0, warning.indexOf(':')))
                    .containsExactly("HONGYAN_CLUSTER_TLS_*", "HONGYAN_POSTGRES_URL", "HONGYAN_REDIS_URL");
            assertThat(configuration.settings().http().trustedProxies())
                    .hasToString(services.at("/balancer/networks/private/ipv4_address")
                                    .asText() + "/32");
            hosts.add(environment.get("HONGYAN_CLUSTER_HOST"));
        }
        assertThat(hosts).containsExactly("hongyan-1", "hongyan-2", "hongyan-3");
        assertThat(Shipped.text("prometheus.yml"))
                .contains(hosts.stream().map(host -> host + ":9080").toList());
        assertThat(Shipped.text("haproxy.cfg"))
                .contains(hosts.stream().map(host -> host + ":8080").toList());
    }

    private static Map<String, String> image() throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (Matcher each = Pattern.compile("(HONGYAN_[A-Z_]+)=(\\S+)").matcher(Shipped.text("Dockerfile"));
                each.find(); ) {
            environment.put(each.group(1), each.group(2));
        }
        assertThat(environment).containsEntry("HONGYAN_PRODUCTION", "true");
        return environment;
    }

    private static void put(Map<String, String> environment, JsonNode values) {
        values.properties()
                .forEach(value ->
                        environment.put(value.getKey(), value.getValue().asText()));
    }

    private Configuration load(Map<String, String> environment) throws InvalidSettings {
        return Configuration.load(Optional.empty(), folder, environment, Features.settings(Features.ALL));
    }
}
