package im.hongyan;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.client.Credentials;
import im.hongyan.local.demo.Demo;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.TestUser;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DemoTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    @Test
    void fill_twice_addsNothing() throws Exception {
        await(node.app().fillDemo());
        Credentials lin = await(node.client().signIn("lin", Demo.PASSWORD));
        TestUser user = TestUser.connect(node.client(), lin);
        String before = user.ask("conversation.list", Map.of()).toString();

        await(node.app().fillDemo());

        assertThat(user.ask("conversation.list", Map.of()).toString()).isEqualTo(before);
        assertThat(user.ask("conversation.list", Map.of()).get("conversations")).hasSize(3);
    }
}
