package im.hongyan.wallet;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.KeysetPage;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** A user's balance, limits and statement. */
final class Statement {
    private static final int DEFAULT_PAGE = 50;
    private static final int MAX_PAGE = 100;

    record NoFields() {}

    record Balance(long balance, String currency, long revision) {}

    /** Lets a client check an amount before it sends a request. */
    record Limits(String currency, long transferMax, long topUpMax, long dailyMax, boolean sandbox) {}

    record GetStatement(String cursor, Integer limit) {
        public GetStatement {
            limit = Check.limit(limit, DEFAULT_PAGE, MAX_PAGE);
        }
    }

    /** @param amount positive if the user received it, negative if it left the wallet */
    record Line(String posting, String kind, long amount, String ref, Instant at, UserId peer) {}

    record Page(List<Line> postings, String cursor) {}

    private final WalletStore store;
    private final WalletSettings settings;

    Statement(WalletStore store, WalletSettings settings) {
        this.store = store;
        this.settings = settings;
    }

    void register(FrameRoutes routes) {
        routes.on("wallet.balance", NoFields.class, Balance.class, (caller, none) -> store.balance(caller.user())
                        .map(held -> new Balance(held.balance(), settings.currency(), held.revision())))
                .on("wallet.limits", NoFields.class, Limits.class, (caller, none) -> Future.succeededFuture(limits()))
                .on("wallet.statement", GetStatement.class, Page.class, this::page);
    }

    private Limits limits() {
        return new Limits(
                settings.currency(),
                settings.maxTransfer(),
                settings.maxTopUp(),
                settings.maxDaily(),
                settings.sandbox());
    }

    private Future<Page> page(Principal caller, GetStatement request) {
        int limit = request.limit;
        return store.statement(caller.user(), before(request.cursor), limit + 1).map(lines -> {
            KeysetPage<Line> page = KeysetPage.of(lines, limit);
            return new Page(page.items(), page.next(Line::posting));
        });
    }

    private static long before(String cursor) {
        if (cursor == null) {
            return Long.MAX_VALUE;
        }
        try {
            return Long.parseLong(cursor);
        } catch (NumberFormatException e) {
            throw Rejection.field("cursor", "cursor.malformed", "invalid cursor");
        }
    }
}
