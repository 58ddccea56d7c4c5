package im.hongyan.scenario;

import im.hongyan.store.StoresExtension;
import java.util.List;

/** Where people for a test come from: one node, or several. */
public interface People {
    /** Somebody new, signed in and connected. */
    default Person person() throws Exception {
        return people(1).get(0);
    }

    /** As many new people, signed in and connected. */
    List<Person> people(int count) throws Exception;

    StoresExtension stores();
}
