package im.hongyan.location;

import im.hongyan.location.LocationFrames.Item;
import im.hongyan.protocol.UserId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    private final Map<ShareId, SharedPosition> sent = new HashMap<>();

    /**
     * Compares the shares with those of the last tick. A share is gone if Redis notes its end, if its time is over, or
     * if its user has left. A share that is missing for another reason was lost by Redis and comes back.
     *
     * @param members the current members of the conversation
     */
    News next(PositionStore.Read read, Set<UserId> members) {
        List<SharedPosition> visible = read.running().stream()
                .filter(shared -> members.contains(shared.user()))
                .toList();
        List<Item> changed = new ArrayList<>();
        for (Iterator<SharedPosition> shares = sent.values().iterator(); shares.hasNext(); ) {
            SharedPosition shared = shares.next();
            if (read.ended().contains(shared.share())
                    || shared.expiresAt() <= read.now()
                    || !members.contains(shared.user())) {
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
}
