package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node dies during a call: its participants resume on another node or leave, and the others stay. */
@Timeout(180)
class ClusterCallCrashTest {
    @RegisterExtension
    static final ClusterExtension cluster = cluster();

    private static ClusterExtension cluster() {
        ClusterExtension cluster = new ClusterExtension(2);
        CallScenario.SETTINGS.forEach(cluster::with);
        // Long enough to resume on a busy machine.
        cluster.with("HONGYAN_CALL_RECONNECT_SECONDS", "10");
        return cluster;
    }

    @AfterEach
    void nothingIsLeftInRedis() throws Exception {
        eventually(() ->
                await(cluster.stores().redis().send(Request.cmd(Command.KEYS).arg("hongyan:call:*")))
                                .size()
                        == 0);
    }

    private CallUser on(ClusterNode node) throws Exception {
        return new CallUser(cluster.userOn(node));
    }

    private static String group(List<CallUser> users) throws Exception {
        TestUser[] others = users.stream().skip(1).map(CallUser::person).toArray(TestUser[]::new);
        return users.get(0).person().createGroup("Callers", others);
    }

    @Test
    void nodeKilled_rosterHeals() throws Exception {
        ClusterNode dying = cluster.add();
        CallUser ada = on(cluster.node(0));
        CallUser bob = on(cluster.node(1));
        CallUser cai = on(dying);
        CallUser dan = on(dying);
        String group = group(List.of(ada, bob, cai, dan));
        String call = ada.start(group).get("call").asText();
        bob.accept(bob.rings(group));
        cai.accept(cai.rings(group));
        dan.accept(dan.rings(group));
        Credentials credentials = cai.person().credentials();

        cluster.crash(dying);

        bob.state(states -> "reconnecting".equals(states.get(cai.participant()))
                && "reconnecting".equals(states.get(dan.participant()))
                && "joined".equals(states.get(ada.participant())));
        CallUser back = cai.on(TestUser.connect(cluster.node(0).client, credentials));
        back.resume();
        assertThat(back.participant()).isEqualTo(cai.participant());
        JsonNode healed = bob.state(states -> "left".equals(states.get(dan.participant())));
        assertThat(CallUser.states(healed))
                .containsEntry(ada.participant(), "joined")
                .containsEntry(bob.participant(), "joined")
                .containsEntry(cai.participant(), "joined");
        bob.ask("call.signal", bob.signal(back, "v=0"));
        back.person().receive("call.signal", any -> true);
        ada.ask("call.end");
        assertThat(bob.entry(group, call).at("/content/participants")).hasSize(4);
    }

    @Test
    void fiftyJoinWhileANodeDies_onlyNineAreAdmitted() throws Exception {
        ClusterNode dying = cluster.add();
        List<CallUser> users = new ArrayList<>();
        Set<String> survivors = new HashSet<>();
        for (int i = 0; i < 51; i++) {
            ClusterNode node = i == 0 ? cluster.node(0) : cluster.node(i % 3);
            users.add(on(node));
            if (node != dying) {
                survivors.add(users.get(i).id());
            }
        }
        String group = group(users);
        CallUser host = users.get(0);
        String call = host.start(group, Map.of("invite", List.of())).get("call").asText();

        List<Future<String>> joins = new ArrayList<>();
        for (CallUser user : users.subList(1, users.size())) {
            joins.add(user.person()
                    .connection()
                    .request("call.join", Map.of("call", call))
                    .map("ok")
                    .otherwise(failure -> failure instanceof ChatError refused ? refused.reason() : "no answer"));
        }
        // As soon as the first user has joined.
        await(Future.any(joins));
        cluster.crash(dying);
        await(Future.join(joins));

        List<String> answers = new ArrayList<>();
        for (int i = 1; i < users.size(); i++) {
            if (survivors.contains(users.get(i).id())) {
                answers.add(joins.get(i - 1).result());
            }
        }
        assertThat(Set.copyOf(answers)).isSubsetOf("ok", "call.full");
        assertThat(host.inCall()).hasSize(9);
        Set<String> stayed = new HashSet<>();
        for (JsonNode one : host.ask("call.get").get("participants")) {
            if (survivors.contains(one.get("user").asText())) {
                stayed.add(one.get("participant").asText());
            }
        }
        assertThat(stayed)
                .hasSize(1 + (int) answers.stream().filter("ok"::equals).count());
        eventually(() -> Set.copyOf(host.inCall()).equals(stayed));
        host.ask("call.end");
        host.entry(group, call);
    }
}
