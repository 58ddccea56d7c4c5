package im.hongyan.timeline;

/**
 * A kind of entry. Each belongs to one feature, which registers it with {@link EntryKinds}.
 *
 * @param name on the wire and in the table
 * @param counts whether it counts as unread
 * @param shown whether a history shows it; an entry that is not shown changes one that is
 */
public record EntryKind(String name, boolean counts, boolean shown) {
    /** An edit of another entry: served with the content that its target has at that time, and stored without it. */
    public static final EntryKind EDIT = new EntryKind("edit", false, false);

    /** The same kind for one entry that differs: a call, for example, counts as unread only if it was missed. */
    public EntryKind counting(boolean counts) {
        return new EntryKind(name, counts, shown);
    }
}
