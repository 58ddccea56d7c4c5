package im.hongyan.loadtest.experiment;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Sends a few commands to Redis, to break its contents. Blocks. */
final class RedisConnection implements AutoCloseable {
    private static final int PATIENCE_MS = 5_000;

    private final Socket socket;
    private final InputStream in;

    private RedisConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** @param url {@code redis://:password@host:port/0} */
    static RedisConnection open(String url) {
        URI uri = URI.create(url);
        try {
            Socket socket = new Socket(uri.getHost(), uri.getPort());
            socket.setSoTimeout(PATIENCE_MS);
            RedisConnection line = new RedisConnection(socket);
            line.send("AUTH", uri.getUserInfo().substring(1));
            return line;
        } catch (IOException e) {
            throw new ExperimentFailure("Redis is not reached: " + e.getMessage(), e);
        }
    }

    static boolean answers(String url) {
        try (RedisConnection line = open(url)) {
            return line.send("PING").equals(List.of("PONG"));
        } catch (ExperimentFailure e) {
            return false;
        }
    }

    /** The reply. A reply that is not an array has one element. */
    List<String> send(String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        try {
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            List<String> answer = new ArrayList<>();
            read(answer);
            return answer;
        } catch (IOException e) {
            throw new ExperimentFailure("Redis does not answer: " + e.getMessage(), e);
        }
    }

    private void read(List<String> into) throws IOException {
        String line = line();
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '+', ':' -> into.add(rest);
            case '$' -> into.add(Integer.parseInt(rest) < 0 ? null : line());
            case '*' -> {
                for (int i = Integer.parseInt(rest); i > 0; i--) {
                    read(into);
                }
            }
            default -> throw new ExperimentFailure("Redis says " + rest);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new ExperimentFailure("closing a connection to Redis", e);
        }
    }
}
