package im.hongyan.loadtest.history;

/**
 * One proof that the invariant does not hold.
 *
 * @param conversation null when it concerns none
 * @param detail who, where, what, for a person to read
 */
public record Violation(Rule rule, String conversation, String detail) {
    @Override
    public String toString() {
        return rule + (conversation == null ? "" : " in " + conversation) + ": " + detail;
    }
}
