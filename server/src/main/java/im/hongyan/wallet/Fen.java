package im.hongyan.wallet;

/** Formats amounts. */
final class Fen {
    private Fen() {}

    /** 520 fen are 5.20. */
    static String text(long fen) {
        return String.format(java.util.Locale.ROOT, "%d.%02d", fen / 100, fen % 100);
    }
}
