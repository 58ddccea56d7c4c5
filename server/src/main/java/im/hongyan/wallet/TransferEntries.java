package im.hongyan.wallet;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.NewEntry;
import im.hongyan.wallet.TransferStore.Transfer;

/** The entries that tell a conversation what happens to its transfers. */
final class TransferEntries {
    /** The content of an entry. */
    record Change(TransferId transfer, String change, UserId to, long amount, String note) {}

    private final FrameCodec codec;
    private final String currency;

    TransferEntries(FrameCodec codec, String currency) {
        this.codec = codec;
        this.currency = currency;
    }

    NewEntry sent(Transfer transfer, String clientId) {
        return entry(transfer, transfer.from(), clientId, "sent");
    }

    NewEntry settled(Transfer transfer, UserId by, String clientId, TransferState state) {
        return entry(transfer, by, clientId, state.text());
    }

    private NewEntry entry(Transfer transfer, UserId by, String clientId, String change) {
        Change content = new Change(transfer.transfer(), change, transfer.to(), transfer.amount(), transfer.note());
        String summary = change + " a transfer of " + Fen.text(transfer.amount()) + " " + currency;
        return new NewEntry(
                transfer.conversation(), by, clientId, WalletKinds.TRANSFER_ENTRY, codec.json(content), summary, null);
    }
}
