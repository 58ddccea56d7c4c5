package im.hongyan.loadtest.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Redis alone, by redis-benchmark: the script that a server asks for a share, on the same Redis, at a gate of which nothing
 * is left. Each call is of other people, who are told so.
 */
final class RedisBenchmark {
    private static final int SHARES = 100;
    private static final String EMPTY = "-1";
    /** As long as those of people and envelopes; the zeros of the user are made anew for each call. */
    private static final String USER = "peer0000000000__rand_int__";

    private static final String ENVELOPE = "peer0000000000000000000000";
    private static final String KEY = "hongyan:envelope:{e0}:" + ENVELOPE;
    private static final Pattern CALLS = Pattern.compile("cmdstat_evalsha:calls=(\\d+)(?:.*failed_calls=(\\d+))?");

    private final Stores stores;
    private final String take;

    /** @param lua the folder of the gate's scripts */
    RedisBenchmark(Stores stores, Path lua) {
        this.stores = stores;
        this.take = stores.redis(lua.resolve("take.lua"), "SCRIPT", "LOAD");
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
     * How people are put to Redis.
     *
     * @param pipelined calls in flight on each connection
     * @param people in a call
     */
    record Shape(int connections, int pipelined, int people) {}

    /** @return people a second */
    double run(Shape shape, int people) {
        int calls = people / shape.people;
        long before = calls();
        List<String> arguments = new ArrayList<>(List.of("--csv", "-r", "1000000000", "-n", "" + calls));
        arguments.addAll(List.of("-c", "" + shape.connections, "-P", "" + shape.pipelined));
        arguments.addAll(evalSha(Collections.nCopies(shape.people, USER)));
        String said = stores.redisBenchmark(arguments);
        if (calls() - before < calls) {
            throw new BenchFailure("redis-benchmark: not all calls were made: " + said);
        }
        requireEmpty();
        // The last line is "name","requests per second","…"
        String[] lines = said.strip().split("\n", -1);
        String[] values = lines[lines.length - 1].split("\",\"", -1);
        try {
            return Double.parseDouble(values[1].replace("\"", "")) * shape.people;
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw new BenchFailure("redis-benchmark names no rate: " + said, e);
        }
    }

    /** Also afterwards: nobody was given anything. */
    private void requireEmpty() {
        String answer = stores.redis(null, evalSha(List.of("somebody")).toArray(String[]::new));
        String held = stores.redis(null, "HLEN", KEY + ":held");
        if (!answer.equals(EMPTY) || !held.equals(Integer.toString(SHARES + 1))) {
            throw new BenchFailure("the gate is not empty: " + answer + ", with " + held + " fields");
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

    /** Of scripts, by anybody, since Redis started. */
    long calls() {
        Matcher calls = CALLS.matcher(stores.redis(null, "INFO", "commandstats"));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }
}
