package im.hongyan.scenario;

import org.junit.jupiter.api.extension.RegisterExtension;

/** Each socket on another node. */
class ClusterChatScenarioTest extends ChatScenario {
    @RegisterExtension
    static final ClusterExtension cluster = new ClusterExtension(3);

    @Override
    TestUsers users() {
        return cluster;
    }
}
