package im.hongyan.wallet;

/**
 * A kind of ledger account. The feature that owns the kind inserts it into {@code account_kind} in a migration and
 * registers it with {@link Ledger#register(AccountKind)}.
 *
 * @param name as it is stored
 */
public record AccountKind(String name) {
    /** The account of a user. */
    public static final AccountKind WALLET = new AccountKind("wallet");

    public AccountKind {
        KindRegistry.checkName(name);
    }
}
