package im.hongyan.loadtest.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PostgreSQL alone, measured by pgbench: the statement that the server sends, on the same server and database, with
 * real envelopes and users. The claims are prepared in a table, so that a batch costs pgbench one lookup by key.
 */
final class Pgbench {
    private static final String STATEMENT =
            """
            \\set n :n + 1
            SELECT c.place, c.outcome, c.idx, c.amount, c.at, c.taken, c.remaining
            FROM bench.wanted w, envelope_claim(w.envelopes, w.users, w.idx, '%s') c
            WHERE w.client = :client_id AND w.n = :n;
            """;

    /** Uncompressed, because the server does not send compressed arrays. */
    private static final String TABLE =
            """
            CREATE SCHEMA IF NOT EXISTS bench;
            DROP TABLE IF EXISTS bench.wanted;
            CREATE TABLE bench.wanted (
              client int, n int, envelopes uuid[] STORAGE EXTERNAL, users uuid[] STORAGE EXTERNAL,
              idx int[] STORAGE EXTERNAL, PRIMARY KEY (client, n))
            """;

    /**
     * Every user of the group opens each envelope. Clients never wait for each other: like the server's lanes, they
     * have separate envelopes, and they begin with different users. A batch contains the next users of several
     * envelopes.
     */
    private static final String FILL =
            """
            WITH e AS (
              SELECT id, conversation, row_number() OVER (PARTITION BY conversation ORDER BY id) - 1 AS nth,
                     dense_rank() OVER (ORDER BY conversation) - 1 AS grp, count(*) OVER () AS all_of_them
              FROM envelope WHERE greeting = '%1$s'
            ), m AS (
              SELECT conversation, user_id, row_number() OVER (PARTITION BY conversation ORDER BY user_id) - 1 AS place
              FROM member WHERE role > 0
            ), c AS (
              SELECT %2$s AS client, e.id, e.nth, e.grp, m.user_id, m.place FROM e JOIN m USING (conversation)
            ), k AS (
              SELECT *, row_number() OVER (PARTITION BY client ORDER BY nth, (place + 13 * client) %% 100, grp) - 1 AS k
              FROM c
            )
            INSERT INTO bench.wanted
            SELECT client, k / %3$d, array_agg(id ORDER BY k), array_agg(user_id ORDER BY k),
                   array_agg(place::int ORDER BY k)
            FROM k WHERE k < %3$d * %4$d GROUP BY client, k / %3$d;
            ANALYZE bench.wanted
            """;

    private static final Pattern RATE = Pattern.compile("(?m)^tps = ([0-9.]+)");

    private final Stores stores;
    private final Path folder;
    private final String currency;

    Pgbench(Stores stores, Path folder) {
        this.stores = stores;
        this.folder = folder;
        this.currency = stores.sql("SELECT DISTINCT currency FROM posting");
    }

    /** The currency of this server. */
    String currency() {
        return currency;
    }

    /**
     * How claims are sent to PostgreSQL.
     *
     * @param batch claims per statement
     */
    record Shape(int clients, int batch) {
        int statements(double claims) {
            return (int) Math.ceil(claims / batch / clients);
        }

        /** The number of envelopes per group that this number of statements per client needs. */
        int envelopes(int statements) {
            int claims = statements * batch;
            return clients <= EnvelopeCrowd.GROUPS
                    ? ceil(claims * clients, EnvelopeCrowd.GROUPS * EnvelopeCrowd.SIZE)
                    : clients / EnvelopeCrowd.GROUPS * ceil(claims, EnvelopeCrowd.SIZE);
        }

        private static int ceil(int a, int b) {
            return (a + b - 1) / b;
        }

        /** A client has a group, or several clients share one, each with its own envelopes. */
        String client() {
            return clients <= EnvelopeCrowd.GROUPS
                    ? "e.grp %% %d".formatted(clients)
                    : "e.grp * %1$d + e.nth %% %1$d".formatted(clients / EnvelopeCrowd.GROUPS);
        }
    }

    /**
     * Claims shares of the envelopes with this greeting.
     *
     * @return claims per second
     * @throws BenchFailure if a claim was refused
     */
    double run(String greeting, Shape shape, int statements) {
        stores.sql(TABLE);
        stores.sql(FILL.formatted(greeting, shape.client(), shape.batch(), statements));
        int ready = Integer.parseInt(stores.sql("SELECT count(*) FROM bench.wanted"));
        if (ready != shape.clients() * statements) {
            throw new BenchFailure(
                    "pgbench: " + ready + " statements were prepared, not " + shape.clients() * statements);
        }
        Path script = folder.resolve("claim.sql");
        write(script, STATEMENT.formatted(currency));
        String said = stores.postgres(
                "pgbench",
                List.of(
                        "-n",
                        "-M",
                        "prepared",
                        "-c",
                        Integer.toString(shape.clients()),
                        "-j",
                        Integer.toString(Math.min(2, shape.clients())),
                        "-t",
                        Integer.toString(statements),
                        "-D",
                        "n=-1",
                        "-f",
                        script.toString(),
                        Stores.POSTGRES));
        long claims = claims(greeting);
        long asked = (long) shape.clients() * statements * shape.batch();
        if (claims != asked) {
            throw new BenchFailure("pgbench requested " + asked + " shares and got " + claims + ": " + said);
        }
        Matcher rate = RATE.matcher(said);
        if (!rate.find()) {
            throw new BenchFailure("pgbench printed no rate: " + said);
        }
        return Double.parseDouble(rate.group(1)) * shape.batch();
    }

    /** The number of claimed shares of the envelopes with this greeting. */
    long claims(String greeting) {
        return Long.parseLong(stores.sql(String.format(
                Locale.ROOT,
                "SELECT count(*) FROM claim c JOIN envelope e ON e.id = c.envelope WHERE e.greeting = '%s'",
                greeting)));
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new BenchFailure(file + ": " + e.getMessage(), e);
        }
    }
}
