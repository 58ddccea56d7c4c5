package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.operations.MetricNames;
import im.hongyan.operations.Shipped;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Dashboard and alerts use existing metrics, and the dashboard shows all metrics of the server. */
class DashboardTest {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(2);

    /** Metrics of the server that the dashboard does not show, with the reason. */
    private static final Map<String, String> LEFT_OUT = Map.of(
            "hongyan_log_batch_size_max", "the mean says what there is to know of a batch's size",
            "hongyan_envelope_claim_batch_size_max", "as of the log");

    /** What Prometheus itself reports about a node. */
    private static final Set<String> PROMETHEUS_OWN = Set.of("up");

    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]\\w*)\\s*(?:=~|!~|!=|=)\\s*\"");

    private static final Map<String, Set<String>> LABELS = new LinkedHashMap<>();

    @BeforeAll
    static void scrape() throws Exception {
        ClusterNode node = cluster.node(0);
        // So that every metric has a value.
        await(cluster.userOn(node).connection().close());
        TestUser alice = cluster.userOn(node);
        TestUser bob = cluster.userOn(cluster.node(1));
        await(node.client.me(alice.credentials().accessToken()));
        String conversation = alice.openWith(bob);
        bob.receiveEntry(conversation, alice.say(conversation, "a message"));
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.app.adminPort() + "/metrics"))
                .build();
        String text = HttpClient.newHttpClient()
                .send(request, BodyHandlers.ofString())
                .body();
        Pattern sample = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)(\\{[^}]*})? \\S+$");
        for (Matcher each = sample.matcher(text); each.find(); ) {
            Set<String> labels = LABELS.computeIfAbsent(each.group(1), name -> new TreeSet<>());
            labels.addAll(labels(each.group(2) == null ? "" : each.group(2)));
        }
        assertThat(LABELS).containsKeys("hongyan_sockets", "jvm_memory_used_bytes");
    }

    @Test
    void dashboard_usesMetricsThatExist() throws Exception {
        assertThat(missing(dashboard())).isEmpty();
    }

    @Test
    void alerts_useMetricsThatExist() throws Exception {
        assertThat(alerts()).isNotEmpty();
        assertThat(missing(alerts())).isEmpty();
    }

    @Test
    void dashboard_usesLabelsThatExist() throws Exception {
        assertThat(wrongLabels(dashboard())).isEmpty();
        assertThat(wrongLabels(alerts())).isEmpty();
    }

    @Test
    void dashboard_showsAllMetrics() throws Exception {
        Set<String> shown = names(dashboard());
        List<String> unseen = LABELS.keySet().stream()
                .filter(name -> name.startsWith("hongyan_"))
                .filter(name -> !shown.contains(name))
                // A mean needs both.
                .filter(name -> !(name.endsWith("_count") && shown.contains(name.replaceFirst("_count$", "_sum"))))
                .filter(name -> !LEFT_OUT.containsKey(name))
                .toList();
        assertThat(unseen).isEmpty();
        assertThat(LABELS.keySet()).containsAll(LEFT_OUT.keySet());
    }

    @Test
    void alerts_areDocumented() throws Exception {
        String page = java.nio.file.Files.readString(
                Shipped.FOLDER.resolveSibling("docs").resolve("operating.md"));
        for (JsonNode rule : rules()) {
            assertThat(page).contains("`" + rule.get("alert").asText() + "`");
            assertThat(rule.at("/labels/severity").asText()).isIn("page", "ticket");
            assertThat(rule.at("/annotations/summary").asText()).isNotEmpty();
        }
    }

    @Test
    void metricNames_inExpression_areFound() {
        assertThat(MetricNames.in("sum by (instance) (rate(a_total{job=\"hongyan\", x=~\"$y|{b}\"}[1m])) / c > 0.5e3"
                        + " and d offset 5m or vector(0) unless on (store) e"))
                .containsExactly("a_total", "c", "d", "e");
        assertThat(missing(List.of("rate(hongyan_goslings_total[1m])"))).containsExactly("hongyan_goslings_total");
        assertThat(wrongLabels(List.of("hongyan_sockets{wing=\"left\"}"))).containsExactly("hongyan_sockets{wing}");
    }

    private static Set<String> missing(List<String> expressions) {
        Set<String> names = names(expressions);
        names.removeAll(LABELS.keySet());
        names.removeAll(PROMETHEUS_OWN);
        return names;
    }

    private static Set<String> names(List<String> expressions) {
        return expressions.stream()
                .flatMap(expression -> MetricNames.in(expression).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> wrongLabels(List<String> expressions) {
        Set<String> wrong = new TreeSet<>();
        for (String expression : expressions) {
            for (Matcher each = Pattern.compile("(\\w+)\\{([^}]*)}").matcher(expression); each.find(); ) {
                Set<String> known = LABELS.getOrDefault(each.group(1), Set.of());
                labels(each.group(2)).stream()
                        // Prometheus adds these two.
                        .filter(label -> !label.equals("job") && !label.equals("instance") && !known.contains(label))
                        .forEach(label -> wrong.add(each.group(1) + "{" + label + "}"));
            }
        }
        return wrong;
    }

    private static Set<String> labels(String matchers) {
        Set<String> labels = new TreeSet<>();
        for (Matcher label = LABEL.matcher(matchers); label.find(); ) {
            labels.add(label.group(1));
        }
        return labels;
    }

    private static List<String> dashboard() throws IOException {
        return Shipped.json("grafana-dashboard.json").findValuesAsText("expr");
    }

    private static List<JsonNode> rules() throws IOException {
        return Shipped.yaml("alerts.yml").get(0).findValues("rules").stream()
                .flatMap(rules -> java.util.stream.StreamSupport.stream(rules.spliterator(), false))
                .toList();
    }

    private static List<String> alerts() throws IOException {
        return rules().stream().map(rule -> rule.get("expr").asText()).toList();
    }
}
