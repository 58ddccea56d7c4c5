package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;

/**
 * The socket through which a device takes part.
 *
 * @param node the boot id of the node that holds the socket
 * @param connection the id of the socket on that node
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Device(SessionId session, String node, String connection) {
    static Device of(Principal caller, String node) {
        return new Device(caller.session(), node, caller.connection());
    }

    Principal principal(UserId user) {
        return new Principal(user, session, connection);
    }
}
