package im.hongyan.loadtest.money;

import java.util.List;

/**
 * What the server shows when everything is quiet: each envelope and each user's wallet. Only for runs in which no
 * other users took part. Amounts are in fen.
 */
public record LedgerSnapshot(List<Envelope> envelopes, List<Wallet> wallets) {
    public LedgerSnapshot {
        envelopes = List.copyOf(envelopes);
        wallets = List.copyOf(wallets);
    }

    /** @param state {@code open}, {@code exhausted} or {@code expired} */
    public record Envelope(String id, String sender, long total, int count, String state, List<Share> shares) {
        public Envelope {
            shares = List.copyOf(shares);
        }

        long taken() {
            return shares.stream().mapToLong(Share::amount).sum();
        }
    }

    public record Share(String user, long amount) {}

    public record Wallet(String user, long balance, List<Line> statement) {
        public Wallet {
            statement = List.copyOf(statement);
        }
    }

    /**
     * One line of a statement.
     *
     * @param kind as the protocol names it, such as {@code envelope_claim}
     * @param ref the id of the envelope, transfer or top-up
     * @param amount positive for credits, negative for debits
     */
    public record Line(String kind, String ref, long amount) {}
}
