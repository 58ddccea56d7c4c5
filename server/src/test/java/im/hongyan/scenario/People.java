package im.hongyan.scenario;

import im.hongyan.store.StoresExtension;
import java.util.List;

/** Creates users for a test, on one node or several. */
public interface People {
    /** Creates a user, signed in and connected. */
    default Person person() throws Exception {
        return people(1).get(0);
    }

    /** Creates users, signed in and connected. */
    List<Person> people(int count) throws Exception;

    StoresExtension stores();
}
