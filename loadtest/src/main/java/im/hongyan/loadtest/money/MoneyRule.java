package im.hongyan.loadtest.money;

/** What must be true of money, whatever broke meanwhile. */
public enum MoneyRule {
    SHARE_KEPT("whoever was told of a share holds it, of just that amount"),
    ONE_ANSWER("once somebody has a share, each later answer is `already`, with the same amount"),
    ONE_SHARE_EACH("nobody holds two shares of an envelope"),
    NOT_MORE_SHARES("an envelope gives no more shares than it has"),
    EMPTY_IS_EMPTY("an envelope of which somebody was told that it is empty has no share left, and he has none"),
    EXPIRED_GIVES_NONE("whoever was told that an envelope has expired holds no share of it"),
    EXACT_SUM("what was taken of an envelope and what went back are all that was in it"),
    PAID_ONCE("each envelope was paid for once, by its sender, and is as it was acknowledged"),
    RECEIVED_ONCE("each share is in its holder's statement once, and nothing else is"),
    TRANSFERRED_ONCE("each transfer was paid once, and came once to where it was settled to"),
    TOPPED_UP_ONCE("each top-up is in the statement once"),
    STATEMENT_ADDS_UP("the lines of a statement sum up to the balance, which is not below zero"),
    NOTHING_FROM_NOTHING("what is in wallets and under way is what was topped up");

    private final String meaning;

    MoneyRule(String meaning) {
        this.meaning = meaning;
    }

    public String meaning() {
        return meaning;
    }
}
