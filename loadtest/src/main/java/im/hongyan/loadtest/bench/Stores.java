package im.hongyan.loadtest.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The embedded PostgreSQL and Redis of a running server, found through its data folder, for the client programs of
 * both.
 */
final class Stores {
    static final String HOST = "127.0.0.1";
    static final String POSTGRES = "hongyan";
    private static final int POSTGRES_PORT_LINE = 3;

    private final String postgresPort;
    private final String postgresPassword;
    private final String redisPort;
    private final String redisPassword;

    Stores(Path data) throws IOException {
        postgresPort = Files.readAllLines(data.resolve("postgres").resolve("postmaster.pid"))
                .get(POSTGRES_PORT_LINE)
                .strip();
        postgresPassword = Files.readString(data.resolve("postgres.password")).strip();
        redisPort = Files.readAllLines(data.resolve("redis").resolve("redis.conf")).stream()
                .filter(line -> line.startsWith("port "))
                .map(line -> line.substring("port ".length()).strip())
                .findFirst()
                .orElseThrow(() -> new IOException("redis.conf has no port"));
        redisPassword = Files.readString(data.resolve("redis.password")).strip();
    }

    /** Runs statements. Returns the rows of the last one, with columns separated by |. */
    String sql(String sql) {
        return postgres("psql", List.of("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, POSTGRES))
                .strip();
    }

    /** Runs a PostgreSQL client program. */
    String postgres(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(program, "-h", HOST, "-p", postgresPort, "-U", POSTGRES));
        command.addAll(arguments);
        return Command.run(command, Map.of("PGPASSWORD", postgresPassword), null);
    }

    /** @param input a file that becomes the last argument; null for none */
    String redis(Path input, String... arguments) {
        List<String> command = new ArrayList<>(List.of("redis-cli", "-h", HOST, "-p", redisPort));
        if (input != null) {
            command.add("-x");
        }
        command.addAll(List.of(arguments));
        return Command.run(command, Map.of("REDISCLI_AUTH", redisPassword), input)
                .strip();
    }

    String redisBenchmark(List<String> arguments) {
        List<String> command =
                new ArrayList<>(List.of("redis-benchmark", "-h", HOST, "-p", redisPort, "-a", redisPassword));
        command.addAll(arguments);
        return Command.run(command, Map.of(), null);
    }
}
