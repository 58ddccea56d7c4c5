package im.hongyan.browser;

import im.hongyan.loadtest.client.Credentials;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server process with its own stores in a temporary folder, for {@link PageLoad}. */
final class PageLoadServer implements AutoCloseable {
    private static final int START_TIMEOUT_S = 120;

    private final Path jar;
    private final Path folder;
    private final Map<String, String> environment;
    private final URI uri;
    private Process process;

    private PageLoadServer(Path jar, Path folder, int port, int adminPort) {
        this.jar = jar;
        this.folder = folder;
        this.uri = URI.create("http://127.0.0.1:" + port);
        this.environment = Map.of(
                "HONGYAN_DATA", folder.resolve("data").toString(),
                "HONGYAN_HTTP_PORT", Integer.toString(port),
                "HONGYAN_ADMIN_PORT", Integer.toString(adminPort));
    }

    static PageLoadServer start(Path jar) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("hongyan-page-load");
        // PostgreSQL runs as another user if this process is root.
        folder.toFile().setExecutable(true, false);
        folder.toFile().setReadable(true, false);
        PageLoadServer server = new PageLoadServer(jar, folder, freePort(), freePort());
        try {
            server.process = server.command(List.of(), ProcessBuilder.Redirect.to(server.log()));
            server.awaitReady();
            return server;
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    URI uri() {
        return uri;
    }

    List<Credentials> createUsers(int count) throws IOException, InterruptedException {
        Path users = folder.resolve("users");
        Process command = command(
                List.of("users", "create", "--count", Integer.toString(count)),
                ProcessBuilder.Redirect.to(users.toFile()));
        if (command.waitFor() != 0) {
            throw new IllegalStateException("users create failed, see its output above");
        }
        return Files.readAllLines(users).stream().map(Credentials::ofLine).toList();
    }

    private Process command(List<String> arguments, ProcessBuilder.Redirect output) throws IOException {
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-jar",
                                jar.toString()),
                        arguments.stream())
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(output)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("HONGYAN_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private void awaitReady() throws InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest ready = HttpRequest.newBuilder(uri.resolve("/health/ready")).build();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_TIMEOUT_S);
        while (process.isAlive() && System.nanoTime() < end) {
            try {
                if (http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                // The port is not open yet.
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        throw new IllegalStateException("the server did not become ready, see " + log());
    }

    private java.io.File log() {
        return folder.resolve("server.log").toFile();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Stops the server and deletes its folder. */
    @Override
    public void close() throws IOException {
        if (process != null) {
            process.destroy();
            process.onExit().join();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
