package im.hongyan.timeline;

/**
 * What sort of entry; each belongs to one feature.
 *
 * @param name on the wire and in the table
 * @param counts whether it counts as unread
 * @param shown whether it stands for itself in a history; what is not shown changes something that is
 */
public record EntryKind(String name, boolean counts, boolean shown) {}
