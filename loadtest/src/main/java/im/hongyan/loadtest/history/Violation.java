package im.hongyan.loadtest.history;

/**
 * One proof that a rule is violated.
 *
 * @param conversation null if it concerns none
 * @param detail a description for the reader
 */
public record Violation(Rule rule, String conversation, String detail) {
    @Override
    public String toString() {
        return rule + (conversation == null ? "" : " in " + conversation) + ": " + detail;
    }
}
