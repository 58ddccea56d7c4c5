package im.hongyan.scenario;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.timeline.Timeline;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All users on one node. */
class NearbyScenarioTest extends NearbyScenario {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension().with(features());

    @Override
    TestUsers people() {
        return node;
    }

    @Override
    ChatClient client() {
        return node.client();
    }

    @Override
    Timeline timeline() {
        return node.app().service(Timeline.class);
    }
}
