package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.timeline.Timeline;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each socket on another node. */
class ClusterLocationScenarioTest extends LocationScenario {
    @RegisterExtension
    static final ClusterExtension cluster = cluster();

    private static ClusterExtension cluster() {
        ClusterExtension cluster = new ClusterExtension(2);
        SETTINGS.forEach(cluster::with);
        return cluster;
    }

    @Override
    TestUsers people() {
        return cluster;
    }

    @Override
    Credentials signIn(String username) throws Exception {
        return await(cluster.node(0).client.signIn(username, NodeExtension.PASSWORD));
    }

    @Override
    TestUser connect(Credentials credentials) throws Exception {
        return TestUser.connect(cluster.node(1).client, credentials);
    }

    @Override
    Timeline timeline() {
        return cluster.node(1).app.service(Timeline.class);
    }

    @Override
    ChatClient client() {
        return cluster.node(0).client;
    }

    @Override
    void signOut(Credentials credentials) throws Exception {
        await(cluster.node(0).client.signOut(credentials.accessToken()));
    }
}
