package im.hongyan.location;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.location.LocationFrames.Item;
import im.hongyan.location.PositionStore.Read;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What the watchers of a conversation are sent. */
class WatchedSharesTest {
    private static final UserId ADA = new UserId(new UUID(0, 1));
    private static final UserId BOB = new UserId(new UUID(0, 2));
    private static final Set<UserId> BOTH = Set.of(ADA, BOB);
    private static final ShareId A = new ShareId(new UUID(1, 1));
    private static final ShareId B = new ShareId(new UUID(1, 2));

    private final WatchedShares watched = new WatchedShares();

    private static SharedPosition shared(ShareId share, UserId user, long n) {
        Position position =
                n < 0 ? null : new Position(45.5, 9.25, 5, null, null, Instant.parse("2026-03-08T17:30:00Z"));
        return new SharedPosition(share, user, 10_000, n, n, false, position);
    }

    private static Read read(long now, Set<ShareId> ended, SharedPosition... running) {
        return new Read(now, List.of(running), ended);
    }

    private static List<String> brief(List<Item> items) {
        return items.stream()
                .map(item -> (item.share().equals(A) ? "A" : "B") + (item.ended() != null ? " ended" : " " + item.n()))
                .toList();
    }

    @Example
    void changesOnly_afterTheFirstTick() {
        assertThat(brief(watched.next(read(1, Set.of(), shared(A, ADA, -1), shared(B, BOB, 3)), BOTH)
                        .changed()))
                .containsExactly("A null", "B 3");

        WatchedShares.News news = watched.next(read(2, Set.of(), shared(A, ADA, 1), shared(B, BOB, 3)), BOTH);

        assertThat(brief(news.changed())).containsExactly("A 1");
        assertThat(brief(news.all())).containsExactly("A 1", "B 3");
        assertThat(watched.next(read(3, Set.of(), shared(A, ADA, 1), shared(B, BOB, 3)), BOTH)
                        .changed())
                .isEmpty();
    }

    @Example
    void end_isSentOnce() {
        watched.next(read(1, Set.of(), shared(A, ADA, 1)), BOTH);

        assertThat(brief(watched.next(read(2, Set.of(A), shared(B, BOB, 1)), BOTH)
                        .changed()))
                .containsExactly("A ended", "B 1");
        assertThat(watched.next(read(3, Set.of(A), shared(B, BOB, 1)), BOTH).changed())
                .isEmpty();
    }

    @Example
    void endOfUnknownShare_isNotSent() {
        assertThat(watched.next(read(1, Set.of(A)), BOTH).changed()).isEmpty();
    }

    @Example
    void timeOver_ends() {
        watched.next(read(1, Set.of(), shared(A, ADA, 1)), BOTH);

        assertThat(watched.next(read(9_999, Set.of()), BOTH).changed()).isEmpty();
        assertThat(brief(watched.next(read(10_000, Set.of()), BOTH).changed())).containsExactly("A ended");
    }

    @Example
    void lostByRedis_isNoEnd_andComesBack() {
        watched.next(read(1, Set.of(), shared(A, ADA, 1)), BOTH);

        assertThat(watched.next(read(2, Set.of()), BOTH)).isEqualTo(new WatchedShares.News(List.of(), List.of()));
        assertThat(brief(
                        watched.next(read(3, Set.of(), shared(A, ADA, 2)), BOTH).changed()))
                .containsExactly("A 2");
    }

    /** The node could not read for so long that the tombstone has expired. */
    @Example
    void missingForLong_ends() {
        WatchedShares hour = new WatchedShares();
        SharedPosition shared = new SharedPosition(A, ADA, 3_600_000, 1, 1, false, null);
        hour.next(read(1, Set.of(), shared), BOTH);

        assertThat(hour.next(read(120_000, Set.of()), BOTH).changed()).isEmpty();
        assertThat(hour.next(read(150_000, Set.of()), BOTH).changed()).isEmpty();
        hour.next(read(151_000, Set.of(), shared), BOTH);
        assertThat(hour.next(read(190_000, Set.of()), BOTH).changed()).isEmpty();
        assertThat(brief(hour.next(read(235_000, Set.of()), BOTH).changed())).containsExactly("A ended");
        assertThat(hour.next(read(240_000, Set.of()), BOTH).changed()).isEmpty();
    }

    @Example
    void formerMember_ends_andIsNeverShown() {
        watched.next(read(1, Set.of(), shared(A, ADA, 1)), BOTH);

        WatchedShares.News news = watched.next(read(2, Set.of(), shared(A, ADA, 2)), Set.of(BOB));

        assertThat(brief(news.changed())).containsExactly("A ended");
        assertThat(news.all()).isEmpty();
    }

    /** A watcher that applies every push knows exactly the shares that are there. */
    @Property(tries = 300)
    void pushes_addUpToTheState(@ForAll long seed) {
        Random random = new Random(seed);
        WatchedShares state = new WatchedShares();
        Map<ShareId, Long> known = new HashMap<>();
        Map<ShareId, SharedPosition> running = new HashMap<>();
        Set<ShareId> ended = new HashSet<>();
        for (int tick = 1; tick < 30; tick++) {
            for (int i = 0; i < 4; i++) {
                ShareId share = new ShareId(new UUID(2, random.nextInt(6)));
                UserId user = new UserId(new UUID(3, share.value().getLeastSignificantBits()));
                if (random.nextInt(4) == 0) {
                    running.remove(share);
                    ended.add(share);
                } else if (!ended.contains(share)) {
                    running.merge(share, shared(share, user, 1), (old, none) -> shared(share, user, old.n() + 1));
                }
            }
            Set<UserId> members = new HashSet<>();
            for (int user = 0; user < 6; user++) {
                if (random.nextInt(5) > 0) {
                    members.add(new UserId(new UUID(3, user)));
                }
            }
            List<SharedPosition> shuffled = new ArrayList<>(running.values());
            Collections.shuffle(shuffled, random);
            WatchedShares.News news = state.next(new Read(tick, shuffled, Set.copyOf(ended)), members);

            for (Item item : news.changed()) {
                if (item.ended() != null) {
                    assertThat(known.remove(item.share()))
                            .as("only shares that were shown end")
                            .isNotNull();
                } else {
                    assertThat(known.put(item.share(), item.n()))
                            .as("only news")
                            .isNotEqualTo(item.n());
                }
            }
            Map<ShareId, Long> expected = new HashMap<>();
            running.values().stream()
                    .filter(shared -> members.contains(shared.user()))
                    .forEach(shared -> expected.put(shared.share(), shared.n()));
            assertThat(known).isEqualTo(expected);
            assertThat(news.all()).extracting(Item::share).containsExactlyInAnyOrderElementsOf(expected.keySet());
        }
    }

    @Example
    void largestFrame_hasAtMost64KiB() {
        Instant time = Instant.parse("2026-03-08T17:30:00.123Z");
        Item largest = new Item(
                new ShareId(Id.next()),
                ADA,
                (1L << 53) - 1,
                time,
                time,
                -89.123457,
                -179.123457,
                99_999.9,
                359.9,
                9_999.9,
                time,
                true,
                true);
        List<Item> items = Collections.nCopies(PositionTicks.MAX_PER_FRAME, largest);

        byte[] bytes = new FrameCodec()
                .push(
                        "location.positions",
                        new LocationFrames.Positions(new ConversationId(Id.next()), items),
                        Frame.DropPolicy.THEN_SYNC)
                .bytes();

        assertThat(bytes).hasSizeLessThanOrEqualTo(64 << 10);
    }
}
