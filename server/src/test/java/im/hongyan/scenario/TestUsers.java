package im.hongyan.scenario;

import im.hongyan.store.StoresExtension;
import java.util.List;

/** Creates users for a test, on one node or several. */
public interface TestUsers {
    /** Creates a user, signed in and connected. */
    default TestUser user() throws Exception {
        return users(1).get(0);
    }

    /** Creates users, signed in and connected. */
    List<TestUser> users(int count) throws Exception;

    StoresExtension stores();
}
