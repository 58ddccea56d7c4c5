package im.hongyan.operations;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.Java;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.scenario.TestUser;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/cluster} as users run it: a process with the nodes and stores as its children. */
@Timeout(240)
@Tag("processes")
class LocalClusterTest {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private int port;
    private Process cluster;
    private BufferedReader output;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void shareTheBinaries() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        // Unpacked once for all tests.
        Files.createDirectories(StoresExtension.runtime());
        Files.createSymbolicLink(data.resolve("runtime"), StoresExtension.runtime());
        port = freeBase();
    }

    @AfterEach
    void end() throws Exception {
        if (cluster != null) {
            cluster.descendants().forEach(ProcessHandle::destroyForcibly);
            cluster.destroyForcibly().waitFor();
        }
        await(vertx.close());
        Files.delete(directory.resolve("data").resolve("runtime"));
    }

    @Test
    void cluster_losesANode_goesOnAndStopsInOrder() throws Exception {
        start("2", "--demo");
        long second = Long.parseLong(awaitLine("node2 on .*, process (\\d+)").group(1));
        awaitLine("node1 is ready: .*");
        awaitLine("node2 is ready: .*");
        awaitLine("2 of 2 nodes ready, balancer up, 0 sockets, .*");

        // One node signs the token, another one may verify it.
        ChatClient client = new ChatClient(vertx, URI.create("http://127.0.0.1:" + port), ClientOptions.defaults());
        TestUser lin = TestUser.connect(client, await(client.signIn("lin", "wild-geese-fly")));
        TestUser marco = onAnotherNode(client, "marco", lin);
        String conversation = lin.openWith(marco);
        long seq = lin.say(conversation, "from node to node");
        marco.receiveEntry(conversation, seq);

        ProcessHandle.of(second).orElseThrow().destroyForcibly();
        awaitLine("node2 is down: process " + second + ", .*");
        TestUser again = TestUser.connect(client, await(client.signIn("lin", "wild-geese-fly")));
        assertThat(again.say(conversation, "still here")).isEqualTo(seq + 1);

        List<ProcessHandle> all = cluster.descendants().toList();
        assertThat(all).hasSizeGreaterThan(4);
        // As kill and Ctrl-C do: the command forwards the signal to the nodes.
        cluster.toHandle().destroy();
        awaitLine("Stopped\\.");
        assertThat(cluster.waitFor(40, TimeUnit.SECONDS)).isTrue();
        assertThat(cluster.exitValue()).isZero();
        for (ProcessHandle one : all) {
            one.onExit().get(10, TimeUnit.SECONDS);
        }
        Path data = directory.resolve("data");
        assertThat(Files.readString(data.resolve("cluster").resolve("node1.log")))
                .contains("Stopping")
                .contains("Stopped");
        assertThat(data.resolve("postgres").resolve("postmaster.pid")).doesNotExist();
    }

    /** As a shell starts background jobs: with SIGINT ignored, which Java inherits. */
    @Test
    void cluster_killedWhileIgnoringInterrupts_leavesNothingBehind() throws Exception {
        start(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"), "1");
        long node = Long.parseLong(awaitLine("node1 on .*, process (\\d+)").group(1));
        awaitLine("node1 is ready: .*");
        List<ProcessHandle> all = cluster.descendants().toList();
        assertThat(all).anyMatch(process -> process.pid() == node);

        cluster.destroyForcibly().waitFor();

        for (ProcessHandle one : all) {
            one.onExit().get(40, TimeUnit.SECONDS);
        }
    }

    @Test
    void cluster_portTaken_failsBeforeStartingAnything() throws Exception {
        try (ServerSocket taken = new ServerSocket()) {
            taken.setReuseAddress(true);
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port + 2));
            start("2");
            String rest = output.lines().reduce("", (all, line) -> all + line + "\n");
            assertThat(rest)
                    .startsWith("Port " + (port + 2) + " on 127.0.0.1, which node2 needs, cannot be opened: ")
                    .contains("HONGYAN_HTTP_PORT");
            assertThat(cluster.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(cluster.exitValue()).isEqualTo(1);
        }
        assertThat(directory.resolve("data").resolve("hongyan.lock")).doesNotExist();
    }

    @Test
    void cluster_tooManyNodes_isRefused() throws Exception {
        start("10");
        assertThat(output.readLine()).isEqualTo("A cluster on one machine has 1 to 9 nodes, not 10.");
        assertThat(cluster.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(cluster.exitValue()).isEqualTo(1);
    }

    /** The balancer also counts the connections of sign-ins, so it chooses the other node sooner or later. */
    private static TestUser onAnotherNode(ChatClient client, String name, TestUser than) throws Exception {
        for (int i = 0; i < 20; i++) {
            TestUser user = TestUser.connect(client, await(client.signIn(name, "wild-geese-fly")));
            if (!nodeOf(user).equals(nodeOf(than))) {
                return user;
            }
        }
        throw new AssertionError("all sockets are on one node");
    }

    private static String nodeOf(TestUser user) {
        return user.connection().welcome().get("node").asText();
    }

    private void start(String... arguments) throws IOException {
        start(List.of(), arguments);
    }

    private void start(List<String> prefix, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(Java.server());
        command.addAll(List.of(
                "cluster",
                "--balancer-config",
                Shipped.FOLDER.resolve("haproxy.cfg").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HONGYAN_"));
        builder.environment().put("HONGYAN_HTTP_PORT", Integer.toString(port));
        cluster = builder.start();
        output = cluster.inputReader();
    }

    private Matcher awaitLine(String regex) throws IOException {
        Pattern pattern = Pattern.compile(regex);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            said.add(line);
            Matcher matcher = pattern.matcher(line);
            if (matcher.matches()) {
                return matcher;
            }
        }
        throw new AssertionError("it ended without '" + regex + "' and said:\n" + String.join("\n", said));
    }

    /** A base port whose derived ports are all free, below the range of ephemeral ports. */
    private static int freeBase() {
        return IntStream.generate(() -> ThreadLocalRandom.current().nextInt(23_000, 23_990))
                .limit(100)
                .filter(base -> IntStream.of(0, 1, 2, 1001, 1002, 2001, 2002, 3001, 3002)
                        .allMatch(offset -> isFree(base + offset)))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
