package im.hongyan.nearby;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.location.Grid;
import im.hongyan.location.Grid.Cell;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The node hides users whose time is over, and leaves nothing behind that would delay the next ones. */
class NearbySweepTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final long MINUTE = 60_000;

    @RegisterExtension
    static final StoresExtension stores = StoresExtension.migrated("im/hongyan/nearby/migrations");

    private static NearbyState state(Cell cell, long until) {
        return new NearbyState(cell, NOW, cell, NOW, until, new SessionId(Id.next()));
    }

    @Test
    void placeOfALostState_isRemoved_andTheUserStaysVisibleElsewhere() throws Exception {
        CellStore cells = new CellStore(stores.redis());
        UserId user = new UserId(Id.next());
        NearbyState now = state(new Cell(200, 1), NOW + 60 * MINUTE);
        await(cells.replace(user, Optional.empty(), Optional.of(state(new Cell(100, 1), NOW + MINUTE)), MINUTE));
        await(stores.redis().send(Request.cmd(Command.DEL).arg("hongyan:nearby:{cells}:user:" + user)));
        await(cells.replace(user, Optional.empty(), Optional.of(now), 60 * MINUTE));
        Nearby nearby = new Nearby(
                stores.vertx(),
                stores.postgres(),
                stores.redis(),
                new Grid(1),
                () -> Instant.ofEpochMilli(NOW + 2 * MINUTE));

        await(nearby.start());

        eventually(() -> await(cells.expired(NOW + 2 * MINUTE, 10)).isEmpty());
        assertThat(await(cells.read(user))).contains(now);
        assertThat(await(cells.expired(NOW + 60 * MINUTE, 10))).containsExactly(new CellStore.Expired(200, user));
        await(nearby.stop());
    }
}
