package im.hongyan.scenario;

import org.junit.jupiter.api.extension.RegisterExtension;

/** All users on one node. */
class ChatScenarioTest extends ChatScenario {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    @Override
    TestUsers users() {
        return node;
    }
}
