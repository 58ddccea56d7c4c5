package im.hongyan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileDescriptorsTest {
    @ParameterizedTest
    @CsvSource({"60000, 200000, 60000", "60000, 60000, 59488", "60000, 1024, 512", "60000, 256, 128", "100, 1024, 100"})
    void connections_leaveAReserve(int wanted, long descriptors, int connections) {
        assertThat(FileDescriptors.connections(wanted, descriptors)).isEqualTo(connections);
    }
}
