package im.hongyan.timeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How one group must look to each user, in the simplest terms: lists and maps, no windows and no SQL. Users are
 * numbers.
 */
final class GroupModel {
    static final int OWNER = 3;
    static final int MEMBER = 1;

    static final class Logged {
        final long seq;
        final String kind;
        final int sender;
        final Long target;
        String text;
        boolean recalled;
        Long editedBy;
        /** The newest reaction, put or taken away. */
        Long reactedBy;
        /** The users who reacted, by emoji. */
        final Map<String, Set<Integer>> reactions = new TreeMap<>();
        /** Those who may see it. */
        final Set<Integer> audience = new TreeSet<>();

        Logged(long seq, String kind, int sender, Long target, String text) {
            this.seq = seq;
            this.kind = kind;
            this.sender = sender;
            this.target = target;
            this.text = text;
        }

        boolean isShown() {
            return kind.equals("message") || kind.equals("group");
        }
    }

    final List<Logged> log = new ArrayList<>();
    /** Those who are in it now, to their roles. */
    final Map<Integer, Integer> roles = new TreeMap<>();
    /** The entry that each member's newest stay began with. */
    final Map<Integer, Long> joined = new TreeMap<>();

    final Map<Integer, Long> read = new TreeMap<>();
    boolean openHistory;

    boolean isMember(int who) {
        return roles.containsKey(who);
    }

    boolean owns(int who) {
        return roles.getOrDefault(who, 0) == OWNER;
    }

    long lastSeq() {
        return log.size();
    }

    Logged at(long seq) {
        return log.get((int) seq - 1);
    }

    /** Appends: those who are members at this moment may see it. */
    Logged append(String kind, int sender, Long target, String text) {
        Logged entry = new Logged(log.size() + 1, kind, sender, target, text);
        entry.audience.addAll(roles.keySet());
        log.add(entry);
        return entry;
    }

    void join(int who) {
        roles.put(who, MEMBER);
        Logged entry = append("group", -1, null, null);
        joined.put(who, entry.seq);
        read.merge(who, entry.seq - 1, Math::max);
        if (openHistory) {
            log.forEach(earlier -> earlier.audience.add(who));
        }
    }

    /** Whoever goes still sees the entry that says so. */
    void part(int who) {
        append("group", -1, null, null);
        roles.remove(who);
    }

    /** The member with the highest role, then with the longest stay. */
    int heir(int owner, List<String> ids) {
        return roles.keySet().stream()
                .filter(who -> who != owner)
                .min((a, b) -> {
                    int byRole = roles.get(b) - roles.get(a);
                    int byStay = Long.compare(joined.get(a), joined.get(b));
                    return byRole != 0
                            ? byRole
                            : byStay != 0 ? byStay : ids.get(a).compareTo(ids.get(b));
                })
                .orElseThrow();
    }

    List<Logged> visibleTo(int who) {
        return log.stream().filter(entry -> entry.audience.contains(who)).toList();
    }

    /** The last entry that a user may see: for a member, that of the log. */
    long endFor(int who) {
        List<Logged> visible = visibleTo(who);
        return isMember(who) ? lastSeq() : visible.get(visible.size() - 1).seq;
    }

    /** The user may not see the newest reaction, so they may not see the sums either. */
    boolean reactedToUnseen(Logged entry, int who) {
        return entry.reactedBy != null && !at(entry.reactedBy).audience.contains(who);
    }

    /** A user may not see content that was written while they were away, and the earlier content is deleted. */
    boolean editedUnseen(Logged entry, int who) {
        return entry.editedBy != null && !at(entry.editedBy).audience.contains(who);
    }

    long unread(int who) {
        return visibleTo(who).stream()
                .filter(entry -> entry.seq > read.getOrDefault(who, 0L) && entry.kind.equals("message"))
                .filter(entry -> !entry.recalled && entry.sender != who)
                .count();
    }

    Logged last(int who) {
        return visibleTo(who).stream()
                .filter(Logged::isShown)
                .reduce((earlier, later) -> later)
                .orElseThrow();
    }
}
