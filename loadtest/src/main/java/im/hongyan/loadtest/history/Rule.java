package im.hongyan.loadtest.history;

/** What a history must not show. */
public enum Rule {
    EMPTY("nothing was acknowledged, or no client settled: this proves nothing"),
    LOST("acknowledged, but missing from a recipient's history"),
    DUPLICATED("the same entry twice"),
    MISPLACED("not at the acknowledged place"),
    ALTERED("not the acknowledged content, or different content for two clients that saw the same state"),
    HOLE("a place inside a member's window that the member never saw"),
    REORDERED("shown in another order than the log's, or with times that run backwards"),
    DISAGREEMENT("two members saw different entries at one place"),
    LEAKED("seen outside all windows of the member"),
    REFUSED_BUT_STORED("refused but stored"),
    CONTRADICTORY_ACK("two answers that cannot both be true"),
    FORGED("a message that its sender never sent"),
    UNSETTLED("a member that never caught up, so the missing entries are unknown"),
    MALFORMED("an inconsistent record: a bug in the test or the server"),
    ANOMALY("behaviour of the server that is never correct");

    private final String meaning;

    Rule(String meaning) {
        this.meaning = meaning;
    }

    /** The rule in one line, for the verdict. */
    public String meaning() {
        return meaning;
    }
}
