package im.hongyan.loadtest.history;

/** What a history must not show. Each is one way to break invariant I. */
public enum Rule {
    EMPTY("nothing was acknowledged, or nobody settled: this proves nothing"),
    LOST("acknowledged, but missing from a recipient's history"),
    DUPLICATED("the same thing twice"),
    MISPLACED("not at the acknowledged place"),
    ALTERED("not the content that was acknowledged, or not the same for all who saw it in the same state"),
    HOLE("a place inside a member's window that the member never saw"),
    REORDERED("shown in another order than the log's, or times that run backwards"),
    DISAGREEMENT("two members saw different entries at one place"),
    LEAKED("seen outside every window of the member"),
    REFUSED_BUT_STORED("refused, and yet there"),
    CONTRADICTORY_ACK("two answers that cannot both be true"),
    FORGED("a message that its sender never sent"),
    UNSETTLED("a member who never caught up, so nobody knows what is missing"),
    MALFORMED("a record that makes no sense: the test or the server is wrong"),
    ANOMALY("what no correct server does, as a client met it");

    private final String meaning;

    Rule(String meaning) {
        this.meaning = meaning;
    }

    /** In one line, for the verdict. */
    public String meaning() {
        return meaning;
    }
}
