package im.hongyan.location;

import im.hongyan.location.LocationFrames.Item;
import im.hongyan.protocol.UserId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the watchers of a conversation on this node have been sent, and what is new to them. Not thread-safe.
 */
final class WatchedShares {
    /**
     * What one tick sends.
     *
     * @param changed to those who have watched before: ends first, then the shares with a newer update
     * @param all to those who have watched since the last tick
     */
    record News(List<Item> changed, List<Item> all) {}

    /**
     * A share that Redis has lost comes back with its next update at the latest, and devices send one every 20 s. One
     * that is missing for longer has ended, and its tombstone has expired.
     */
    private static final long MAX_MISSING_MS = 45_000;

    private final Map<ShareId, SharedPosition> sent = new HashMap<>();
    /** Since when shares that were sent are missing, in ms since 1970. */
    private final Map<ShareId, Long> missingSince = new HashMap<>();

    /**
     * Compares the shares with those of the last tick. A share has ended if Redis has its tombstone, if its time is
     * over, if its user has left, or if it is missing for long. One that is missing for a short time was lost by Redis
     * and comes back.
     *
     * @param members the current members of the conversation
     */
    News next(PositionStore.Read read, Set<UserId> members) {
        List<SharedPosition> visible = read.running().stream()
                .filter(shared -> members.contains(shared.user()))
                .toList();
        Set<ShareId> running = visible.stream().map(SharedPosition::share).collect(Collectors.toSet());
        missingSince.keySet().removeAll(running);
        List<Item> changed = new ArrayList<>();
        for (Iterator<SharedPosition> shares = sent.values().iterator(); shares.hasNext(); ) {
            SharedPosition shared = shares.next();
            if (read.ended().contains(shared.share())
                    || shared.expiresAt() <= read.now()
                    || !members.contains(shared.user())
                    || (!running.contains(shared.share()) && isMissingLong(shared.share(), read.now()))) {
                missingSince.remove(shared.share());
                changed.add(Item.ended(shared.share(), shared.user()));
                shares.remove();
            }
        }
        List<Item> all = new ArrayList<>();
        for (SharedPosition shared : visible) {
            Item item = Item.of(shared);
            all.add(item);
            if (!shared.equals(sent.put(shared.share(), shared))) {
                changed.add(item);
            }
        }
        return new News(changed, all);
    }

    private boolean isMissingLong(ShareId share, long now) {
        return now - missingSince.computeIfAbsent(share, first -> now) >= MAX_MISSING_MS;
    }
}
