package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.timeline.Timeline;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All users on one node. */
class LocationScenarioTest extends LocationScenario {
    @RegisterExtension
    static final NodeExtension node = node();

    private static NodeExtension node() {
        NodeExtension node = new NodeExtension();
        SETTINGS.forEach(node::with);
        return node;
    }

    @Override
    TestUsers people() {
        return node;
    }

    @Override
    Credentials signIn(String username) throws Exception {
        return await(node.client().signIn(username, NodeExtension.PASSWORD));
    }

    @Override
    TestUser connect(Credentials credentials) throws Exception {
        return TestUser.connect(node.client(), credentials);
    }

    @Override
    Timeline timeline() {
        return node.app().service(Timeline.class);
    }

    @Override
    ChatClient client() {
        return node.client();
    }

    @Override
    void signOut(Credentials credentials) throws Exception {
        await(node.client().signOut(credentials.accessToken()));
    }
}
