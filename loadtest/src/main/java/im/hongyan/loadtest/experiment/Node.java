package im.hongyan.loadtest.experiment;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One node of the cluster: its address, and its current process. Methods block. */
final class Node {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final int number;
    private final Network network;
    private final int port;
    private final Map<String, String> environment = new HashMap<>();
    private final Path folder;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(ANSWER).build();
    private ServerProcess process;

    /** @param port the node uses this port plus its number, and the ports 10, 20 and 30 above */
    Node(int number, Network network, int port, Map<String, String> common, Path folder) {
        this.number = number;
        this.network = network;
        this.port = port + number;
        this.folder = folder;
        environment.putAll(common);
        String host = network.host(number);
        environment.put("HONGYAN_DATA", folder.resolve("node" + number).toString());
        environment.put("HONGYAN_HTTP_HOST", host);
        environment.put("HONGYAN_HTTP_PORT", Integer.toString(this.port));
        environment.put("HONGYAN_ADMIN_HOST", host);
        environment.put("HONGYAN_ADMIN_PORT", Integer.toString(this.port + 10));
        environment.put("HONGYAN_CLUSTER_ENABLED", "true");
        environment.put("HONGYAN_CLUSTER_HOST", host);
        environment.put("HONGYAN_CLUSTER_PORT", Integer.toString(this.port + 20));
        environment.put("HONGYAN_CLUSTER_BUS_PORT", Integer.toString(busPort()));
    }

    int number() {
        return number;
    }

    String name() {
        return "node" + number;
    }

    URI uri() {
        return URI.create("http://" + network.host(number) + ":" + port);
    }

    int busPort() {
        return port + 30;
    }

    ServerProcess process() {
        return process;
    }

    /** Starts the node. {@link #awaitReady} must follow. */
    void start(List<String> server) {
        List<String> command = new ArrayList<>(network.prefix(number));
        command.addAll(server);
        process = ServerProcess.start(name(), command, environment, folder.resolve(name() + ".log"));
    }

    void awaitReady() {
        Await.until(() -> isReady() || !process.isAlive(), START);
        if (!isReady()) {
            String log = process.log();
            throw new ExperimentFailure(name() + " did not get ready; " + process.logFile() + " ends:\n"
                    + log.substring(Math.max(0, log.length() - 1_000)));
        }
    }

    boolean isReady() {
        HttpResponse<String> answer = get("/health/ready");
        return answer != null && answer.statusCode() == 200;
    }

    /** A gauge or counter with these labels; 0 if it does not exist yet, NaN if the node does not answer. */
    double metric(String metric, String labels) {
        HttpResponse<String> answer = get("/metrics");
        if (answer == null) {
            return Double.NaN;
        }
        return answer.body()
                .lines()
                .filter(line -> line.startsWith(metric + "{" + labels + "} "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /** A gauge or counter without labels; NaN if the node does not answer. */
    double metric(String metric) {
        HttpResponse<String> answer = get("/metrics");
        if (answer == null) {
            return Double.NaN;
        }
        Matcher line =
                Pattern.compile("(?m)^" + metric + "(?:\\{[^}]*})? (\\S+)$").matcher(answer.body());
        return line.find() ? Double.parseDouble(line.group(1)) : Double.NaN;
    }

    /** The number of nodes in the cluster, as this node sees it. */
    int nodesSeen() {
        double seen = metric("hongyan_cluster_nodes");
        return Double.isNaN(seen) ? 0 : (int) seen;
    }

    /** How often the node has rejoined under a new boot id since its first start. */
    long rejoins() {
        return process.log()
                .lines()
                .filter(line -> line.contains("Rejoined the cluster"))
                .count();
    }

    private HttpResponse<String> get(String path) {
        URI admin = URI.create("http://" + network.host(number) + ":" + (port + 10) + path);
        try {
            return http.send(HttpRequest.newBuilder(admin).timeout(ANSWER).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExperimentFailure("interrupted", e);
        }
    }
}
