package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.client.Ack;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Verdict;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ten users on twelve sockets, who all write to one group as fast as they get acks. */
@Timeout(120)
class ConcurrentSendersTest {
    private static final int USERS = 10;
    private static final int DEVICES = 12;
    private static final int EACH = 250;

    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    private final History history = new History();
    /** What each device got, in that order. */
    private final Map<String, List<String>> shown = new ConcurrentHashMap<>();

    private final List<SyncingClient> devices = new ArrayList<>();

    @Test
    void concurrentSenders_getOneGaplessOrder() throws Exception {
        List<Credentials> accounts = node.accounts(USERS);
        for (int i = 0; i < DEVICES; i++) {
            device(accounts.get(i % USERS), "device " + i);
        }
        await(Future.all(devices.stream().map(SyncingClient::start).toList()));
        String group = await(devices.get(0)
                .createGroup(
                        "geese",
                        accounts.stream().skip(1).map(Credentials::user).toList()));

        List<Future<Ack>> last = new ArrayList<>();
        for (int i = 0; i < EACH; i++) {
            for (SyncingClient device : devices) {
                last.add(device.send(group, "message " + i + " 鸿雁 🪿"));
            }
        }
        Map<Long, String> acknowledged = new TreeMap<>();
        for (Ack ack : Future.<Ack>all(last).await(90, TimeUnit.SECONDS).<Ack>list()) {
            assertThat(acknowledged.put(ack.seq(), ack.clientId())).isNull();
        }
        await(Future.all(devices.stream().map(SyncingClient::catchUp).toList()));

        Verdict verdict = HistoryChecker.check(history).orThrow();
        assertThat(verdict.counts().acknowledged()).isEqualTo(DEVICES * EACH);
        assertThat(acknowledged.keySet())
                .as("contiguous after the group's first entry")
                .hasSize(DEVICES * EACH)
                .startsWith(2L)
                .endsWith(1L + DEVICES * EACH);
        List<String> order = new ArrayList<>(acknowledged.values());
        for (List<String> seen : shown.values()) {
            assertThat(seen.subList(1, seen.size()).equals(order))
                    .as("each device shows all entries in the order of the log")
                    .isTrue();
        }
        assertThat(shown).hasSize(DEVICES);
        long repairs = 0;
        for (SyncingClient device : devices) {
            repairs += await(device.stats()).repairs();
        }
        assertThat(repairs).as("nearly all entries arrive by push").isLessThan(DEVICES * EACH / 20);
        await(Future.all(devices.stream().map(SyncingClient::stop).toList()));
    }

    private void device(Credentials who, String name) {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        shown.put(name, seen);
        SyncingClient device =
                new SyncingClient(node.vertx(), List.of(node.client()), who, name, history, SyncOptions.defaults());
        devices.add(device.onEntry(entry -> seen.add(entry.clientId())));
    }
}
