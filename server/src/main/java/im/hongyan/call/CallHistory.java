package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import im.hongyan.protocol.UserId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The history of a call, from which its outcome and its entry follow.
 *
 * @param joined the users who have joined, in the order of their first join
 * @param rang whether a user was rung
 * @param removed the users whom the host has removed and no one has rung since
 * @param pairs the pairs of users who were in the call at the same time, with their clients' reports about the
 *     connection
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record CallHistory(List<UserId> joined, boolean rang, List<UserId> removed, List<Pair> pairs) {
    static final CallHistory EMPTY = new CallHistory(List.of(), false, List.of(), List.of());

    /** The maximum number of pairs. Beyond it, the oldest pair is dropped and no longer counts. */
    private static final int MAX_PAIRS = 400;

    /** Two users, in no order. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Pair(UserId one, UserId other, Report report) {
        boolean isOf(UserId user) {
            return one.equals(user) || other.equals(user);
        }

        boolean isOf(UserId user, UserId peer) {
            return isOf(user) && isOf(peer) && !user.equals(peer);
        }
    }

    /** What clients reported about a pair. A pair that has connected once stays {@link #CONNECTED}. */
    enum Report {
        NONE,
        FAILED,
        CONNECTED
    }

    CallHistory {
        joined = List.copyOf(joined);
        removed = List.copyOf(removed);
        pairs = List.copyOf(pairs);
    }

    /** @param present the users who are in the call already */
    CallHistory joined(UserId user, List<UserId> present) {
        List<Pair> met = new ArrayList<>(pairs);
        for (UserId peer : present) {
            if (!peer.equals(user) && met.stream().noneMatch(pair -> pair.isOf(user, peer))) {
                met.add(new Pair(peer, user, Report.NONE));
            }
        }
        List<Pair> bounded = met.subList(Math.max(0, met.size() - MAX_PAIRS), met.size());
        return new CallHistory(joined.contains(user) ? joined : plus(joined, user), rang, removed, bounded);
    }

    CallHistory rung(UserId user) {
        return new CallHistory(
                joined, true, removed.stream().filter(one -> !one.equals(user)).toList(), pairs);
    }

    CallHistory removed(UserId user) {
        return new CallHistory(joined, rang, removed.contains(user) ? removed : plus(removed, user), pairs);
    }

    CallHistory reported(UserId user, UserId peer, boolean connected) {
        List<Pair> changed = pairs.stream()
                .map(pair -> !pair.isOf(user, peer) || pair.report == Report.CONNECTED
                        ? pair
                        : new Pair(pair.one, pair.other, connected ? Report.CONNECTED : Report.FAILED))
                .toList();
        return new CallHistory(joined, rang, removed, changed);
    }

    /** This history with what another node has seen of the same call. */
    CallHistory with(CallHistory other) {
        List<Pair> all = new ArrayList<>(pairs);
        for (Pair pair : other.pairs) {
            if (all.stream().noneMatch(own -> own.isOf(pair.one, pair.other))) {
                all.add(pair);
            }
        }
        List<Pair> bounded = all.subList(Math.max(0, all.size() - MAX_PAIRS), all.size());
        CallHistory merged = new CallHistory(
                union(joined, other.joined), rang || other.rang, union(removed, other.removed), bounded);
        for (Pair pair : other.pairs) {
            if (pair.report != Report.NONE) {
                merged = merged.reported(pair.one, pair.other, pair.report == Report.CONNECTED);
            }
        }
        return merged;
    }

    private static List<UserId> union(List<UserId> one, List<UserId> other) {
        return Stream.concat(one.stream(), other.stream()).distinct().toList();
    }

    boolean everyPairFailed() {
        return !pairs.isEmpty() && pairs.stream().allMatch(pair -> pair.report == Report.FAILED);
    }

    /** The users who have joined, without users whose connections all failed. */
    List<UserId> participants() {
        return joined.stream()
                .filter(user -> {
                    List<Pair> own =
                            pairs.stream().filter(pair -> pair.isOf(user)).toList();
                    return own.isEmpty() || own.stream().anyMatch(pair -> pair.report != Report.FAILED);
                })
                .toList();
    }

    private static List<UserId> plus(List<UserId> users, UserId user) {
        return Stream.concat(users.stream(), Stream.of(user)).toList();
    }
}
