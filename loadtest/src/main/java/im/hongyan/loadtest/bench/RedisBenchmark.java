package im.hongyan.loadtest.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Redis alone, measured by redis-benchmark: the script that a server calls to reserve a share, on the same Redis, with
 * a share allocator that has none left. Each call is for different users.
 */
final class RedisBenchmark {
    private static final int SHARES = 100;
    private static final String EMPTY = "-1";
    /** As long as real user and envelope ids. redis-benchmark replaces the zeros with new digits for each call. */
    private static final String USER = "peer0000000000__rand_int__";

    private static final String ENVELOPE = "peer0000000000000000000000";
    private static final String KEY = "hongyan:envelope:{e0}:" + ENVELOPE;
    private static final Pattern CALLS = Pattern.compile("cmdstat_evalsha:calls=(\\d+)(?:.*failed_calls=(\\d+))?");

    private final Stores stores;
    private final String take;

    /** @param lua the folder of the allocator's scripts */
    RedisBenchmark(Stores stores, Path lua) {
        this.stores = stores;
        this.take = stores.redis(lua.resolve("reserve.lua"), "SCRIPT", "LOAD");
        List<String> build = new ArrayList<>(
                List.of("--eval", lua.resolve("build.lua").toString(), KEY + ":free", KEY + ":held", ",", "" + SHARES));
        build.add(Long.toString(System.currentTimeMillis() + 3_600_000));
        for (int i = 0; i < SHARES; i++) {
            build.add("winner" + i);
            build.add(Integer.toString(i));
        }
        stores.redis(null, build.toArray(String[]::new));
        requireEmpty();
    }

    /**
     * How requests are sent to Redis.
     *
     * @param pipelined calls in flight per connection
     * @param users users per call
     */
    record Shape(int connections, int pipelined, int users) {}

    /** @return users per second */
    double run(Shape shape, int users) {
        int calls = users / shape.users;
        long before = calls();
        List<String> arguments = new ArrayList<>(List.of("--csv", "-r", "1000000000", "-n", "" + calls));
        arguments.addAll(List.of("-c", "" + shape.connections, "-P", "" + shape.pipelined));
        arguments.addAll(evalSha(Collections.nCopies(shape.users, USER)));
        String said = stores.redisBenchmark(arguments);
        if (calls() - before < calls) {
            throw new BenchFailure("redis-benchmark did not make all calls: " + said);
        }
        requireEmpty();
        // The last line is "name","requests per second","…"
        String[] lines = said.strip().split("\n", -1);
        String[] values = lines[lines.length - 1].split("\",\"", -1);
        try {
            return Double.parseDouble(values[1].replace("\"", "")) * shape.users;
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw new BenchFailure("redis-benchmark printed no rate: " + said, e);
        }
    }

    /** Verifies that no user was given a share, also afterwards. */
    private void requireEmpty() {
        String answer = stores.redis(null, evalSha(List.of("user")).toArray(String[]::new));
        String held = stores.redis(null, "HLEN", KEY + ":held");
        if (!answer.equals(EMPTY) || !held.equals(Integer.toString(SHARES + 1))) {
            throw new BenchFailure("the allocator is not empty: " + answer + ", with " + held + " fields");
        }
    }

    private List<String> evalSha(List<String> users) {
        return Stream.of(
                        List.of("EVALSHA", take, "3", KEY + ":free", KEY + ":held", "hongyan:envelope:{e0}:open"),
                        List.of(ENVELOPE),
                        users)
                .flatMap(List::stream)
                .toList();
    }

    /** Script calls by all clients since Redis started. */
    long calls() {
        Matcher calls = CALLS.matcher(stores.redis(null, "INFO", "commandstats"));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }
}
