package im.hongyan.redenvelope;

/** The final result of opening an envelope. Opening again gives the same result. */
sealed interface OpenResult {
    /** @param again whether the user had the share before */
    record Share(long amount, boolean again) implements OpenResult {}

    /** All shares are taken. */
    record Empty() implements OpenResult {}

    /** The envelope has expired. */
    record Expired() implements OpenResult {}
}
