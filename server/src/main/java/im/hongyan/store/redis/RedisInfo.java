package im.hongyan.store.redis;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * The parts of a server's INFO answer that are used here.
 *
 * @param runId new at each start of the server
 * @param mode {@code standalone}, {@code sentinel} or {@code cluster}
 * @param role {@code master} or {@code slave}
 */
record RedisInfo(String runId, String mode, String role) {
    /** For users without the right to call INFO. A restart is then noticed only if all connections are lost. */
    static final RedisInfo UNKNOWN = new RedisInfo("unknown", "unknown", "unknown");

    static RedisInfo parse(String text) {
        Map<String, String> values = text.lines()
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].strip(), (first, second) -> first));
        return new RedisInfo(
                values.getOrDefault("run_id", UNKNOWN.runId),
                values.getOrDefault("redis_mode", UNKNOWN.mode),
                values.getOrDefault("role", UNKNOWN.role));
    }

    boolean isReplica() {
        return role.equals("slave");
    }
}
