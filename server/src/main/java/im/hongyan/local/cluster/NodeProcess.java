package im.hongyan.local.cluster;

import im.hongyan.local.stores.ChildProcess;
import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A node's process and its status. Methods block, except {@link #status}. */
final class NodeProcess {
    private static final String READY = "Ctrl-C stops it.";
    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    /** A node exits within 30 s of its signal. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(33);

    private static final int LINES_SHOWN = 12;
    private static final Duration ANSWER_TIMEOUT = Duration.ofMillis(900);

    private record Answer(boolean ready, MetricsSnapshot metrics) {}

    private final String name;
    private final NodePorts ports;
    private final ChildProcess child;
    private final LogFile log;
    private final HttpClient client;
    private boolean wasReady;
    private MetricsSnapshot last = MetricsSnapshot.NONE;
    private long lastNanos;

    private NodeProcess(String name, NodePorts ports, ChildProcess child, LogFile log, HttpClient client) {
        this.name = name;
        this.ports = ports;
        this.child = child;
        this.log = log;
        this.client = client;
    }

    /** Starts the process; {@link #awaitReady} must follow. */
    static NodeProcess start(
            String name,
            NodePorts ports,
            List<String> command,
            Map<String, String> environment,
            Path logFile,
            HttpClient client) {
        try {
            LogFile log = LogFile.open(logFile);
            ChildProcess child = ChildProcess.start(name, command, environment, READY, log::line);
            return new NodeProcess(name, ports, child, log, client);
        } catch (IOException e) {
            throw new StartFailure("The node " + name + " could not be started: " + e.getMessage(), e);
        }
    }

    void awaitReady() throws InterruptedException {
        if (!child.awaitReady(START_TIMEOUT)) {
            throw new StartFailure(
                    "The node " + name + " did not start. The end of its log " + log.file() + ":\n" + lastLines());
        }
        synchronized (this) {
            wasReady = true;
        }
    }

    private String lastLines() {
        List<String> lines = child.output().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
    }

    String name() {
        return name;
    }

    NodePorts ports() {
        return ports;
    }

    long pid() {
        return child.pid();
    }

    /** The state, and the rates since the last call. Never fails, and completes within a second. */
    CompletableFuture<NodeStatus> status() {
        if (!child.isAlive()) {
            return CompletableFuture.completedFuture(NodeStatus.without(NodeStatus.State.DOWN));
        }
        CompletableFuture<HttpResponse<String>> health = get("/health/ready");
        return health.thenCombine(
                        get("/metrics"),
                        (ready, metrics) ->
                                new Answer(ready.statusCode() == 200, MetricsSnapshot.parse(metrics.body())))
                .thenApply(this::status)
                .exceptionally(failure -> silent());
    }

    private CompletableFuture<HttpResponse<String>> get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports.admin() + path))
                .timeout(ANSWER_TIMEOUT)
                .build();
        return client.sendAsync(request, BodyHandlers.ofString())
                .orTimeout(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized NodeStatus status(Answer answer) {
        long now = System.nanoTime();
        NodeStatus status = NodeStatus.of(state(answer), answer.metrics, last, Math.max(1e-3, (now - lastNanos) / 1e9));
        last = answer.metrics;
        lastNanos = now;
        return status;
    }

    private NodeStatus.State state(Answer answer) {
        if (answer.ready) {
            wasReady = true;
            return NodeStatus.State.READY;
        }
        if (answer.metrics.sum("hongyan_cluster_fenced") > 0) {
            return NodeStatus.State.FENCED;
        }
        return wasReady ? NodeStatus.State.DRAINING : NodeStatus.State.STARTING;
    }

    private synchronized NodeStatus silent() {
        if (!child.isAlive()) {
            return NodeStatus.without(NodeStatus.State.DOWN);
        }
        return NodeStatus.without(wasReady ? NodeStatus.State.SILENT : NodeStatus.State.STARTING);
    }

    /** Drains the node and waits until its process has ended. */
    void stop() throws InterruptedException {
        child.stop(STOP_TIMEOUT);
        log.close();
    }
}
