package im.hongyan.loadtest.money;

/** What must be true of money, whatever broke meanwhile. */
public enum MoneyRule {
    SHARE_KEPT("a client that was answered with a share holds it, with exactly that amount"),
    ONE_ANSWER("once a user has a share, each later answer is `already`, with the same amount"),
    ONE_SHARE_EACH("no user holds two shares of an envelope"),
    NOT_MORE_SHARES("an envelope gives no more shares than it has"),
    EMPTY_IS_EMPTY("after the answer `empty`, the envelope has no share left and the user has none"),
    EXPIRED_GIVES_NONE("after the answer `expired`, the user holds no share of the envelope"),
    EXACT_SUM("the claimed and the refunded amounts are exactly the envelope's amount"),
    PAID_ONCE("each envelope was paid for once, by its sender, and equals what was acknowledged"),
    RECEIVED_ONCE("each share is in its holder's statement exactly once"),
    TRANSFERRED_ONCE("each transfer was paid once and credited once, to the user that it was settled to"),
    TOPPED_UP_ONCE("each top-up is in the statement exactly once"),
    STATEMENT_ADDS_UP("the lines of a statement sum up to the balance, which is not negative"),
    NOTHING_FROM_NOTHING("the money in wallets and in transit equals what was topped up");

    private final String meaning;

    MoneyRule(String meaning) {
        this.meaning = meaning;
    }

    public String meaning() {
        return meaning;
    }
}
