package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.store.Certificate;
import im.hongyan.store.StartFailure;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Nodes with mutual TLS. */
class ClusterTlsTest {
    private static final Certificate OURS = make("ours");

    @RegisterExtension
    static final ClusterExtension cluster = with(new ClusterExtension(2), environment(OURS));

    @Test
    void nodesOfOneAuthority_connect() throws Exception {
        TestUser alice = cluster.userOn(cluster.node(0));
        TestUser bob = cluster.userOn(cluster.node(1));
        String talk = alice.openWith(bob);

        bob.receiveEntry(talk, alice.say(talk, "sealed"));
        alice.receiveEntry(talk, bob.say(talk, "and delivered"));
    }

    @Test
    void bus_withoutCertificate_refuses() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), cluster.node(0).busPort)) {
            socket.setSoTimeout(10_000);
            // The length and type of a bus message, in plain text.
            socket.getOutputStream().write(new byte[] {0, 0, 0, 40, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
            InputStream in = socket.getInputStream();
            int first = in.read();

            assertThat(first).as("a TLS alert, or the end").isIn(-1, 21);
        }
    }

    @Test
    void nodeOfOtherAuthority_cannotJoin(@TempDir Path directory) throws Exception {
        Certificate theirs = Certificate.make(directory, "theirs");

        assertThatThrownBy(() -> cluster.start(environment(theirs)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("Cannot connect to the other nodes");
        nodesOfOneAuthority_connect();
    }

    private static Map<String, String> environment(Certificate certificate) {
        return Map.of(
                "HONGYAN_CLUSTER_TLS_CERTIFICATE", certificate.certificate().toString(),
                "HONGYAN_CLUSTER_TLS_KEY", certificate.key().toString(),
                "HONGYAN_CLUSTER_TLS_CA", certificate.certificate().toString());
    }

    private static ClusterExtension with(ClusterExtension extension, Map<String, String> environment) {
        environment.forEach(extension::with);
        return extension;
    }

    private static Certificate make(String name) {
        try {
            return Certificate.make(Files.createTempDirectory("hongyan-tls"), name);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
