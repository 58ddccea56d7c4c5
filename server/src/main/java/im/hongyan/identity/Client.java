package im.hongyan.identity;

import im.hongyan.protocol.ClientNetwork;
import java.util.Optional;

/**
 * Where a sign-in comes from.
 *
 * @param address of the client
 * @param device the id of a device that has signed in to the account before, by its cookie; otherwise empty
 */
record Client(String address, Optional<String> device) {
    ClientNetwork network() {
        return ClientNetwork.of(address);
    }
}
