package im.hongyan.timeline;

/**
 * What sort of entry; each belongs to one feature.
 *
 * @param name on the wire and in the table
 * @param counts whether it counts as unread
 * @param shown whether it stands for itself in a history; what is not shown changes something that is
 */
public record EntryKind(String name, boolean counts, boolean shown) {
    /** The same kind for one entry that differs: a call, for example, counts as unread only if it was missed. */
    public EntryKind counting(boolean counts) {
        return new EntryKind(name, counts, shown);
    }
}
