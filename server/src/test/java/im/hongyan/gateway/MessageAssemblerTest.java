package im.hongyan.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Test;

class MessageAssemblerTest {
    @Property
    void add_textInAnyFragments_returnsWholeText(
            @ForAll String text, @ForAll @Size(max = 20) @UniqueElements List<Integer> cuts)
            throws MessageAssembler.Violation {
        // jqwik also generates lone surrogates, which cannot be encoded in UTF-8: encoding replaces them.
        byte[] bytes = text.getBytes(UTF_8);
        MessageAssembler fragments = new MessageAssembler();
        for (int message = 0; message < 2; message++) {
            assertThat(send(fragments, bytes, cuts)).isEqualTo(new String(bytes, UTF_8));
        }
    }

    /** Any bytes are a text if Java's strict decoder accepts them, otherwise a violation with code 1007. */
    @Property
    void add_anyBytes_returnsTextOrThrowsViolation(@ForAll byte[] bytes, @ForAll @Size(max = 4) List<Integer> cuts) {
        boolean valid = Arrays.equals(new String(bytes, UTF_8).getBytes(UTF_8), bytes);
        MessageAssembler fragments = new MessageAssembler();
        try {
            assertThat(send(fragments, bytes, cuts)).isEqualTo(new String(bytes, UTF_8));
            assertThat(valid).isTrue();
        } catch (MessageAssembler.Violation violation) {
            assertThat(violation.closeCode()).isEqualTo(CloseCode.INVALID_TEXT);
            assertThat(valid).isFalse();
        }
    }

    @Test
    void add_replacementCharacter_isValid() throws MessageAssembler.Violation {
        assertThat(new MessageAssembler().add(frame("\uFFFD".getBytes(UTF_8), true)))
                .isEqualTo("\uFFFD");
    }

    @Test
    void add_tooManyBytes_throwsViolation() throws MessageAssembler.Violation {
        MessageAssembler fragments = new MessageAssembler();
        byte[] half = new byte[MessageAssembler.MAX_MESSAGE_BYTES / 2];
        fragments.add(frame(half, false));
        fragments.add(frame(half, false));

        MessageAssembler.Violation violation =
                catchThrowableOfType(MessageAssembler.Violation.class, () -> fragments.add(frame(new byte[1], true)));

        assertThat(violation.closeCode()).isEqualTo(CloseCode.TOO_BIG);
    }

    @Test
    void add_tooManyFragments_throwsViolation() throws MessageAssembler.Violation {
        MessageAssembler fragments = new MessageAssembler();
        for (int message = 0; message < 2; message++) {
            for (int i = 1; i < MessageAssembler.MAX_FRAGMENTS; i++) {
                assertThat(fragments.add(frame(new byte[0], false))).isNull();
            }
            assertThat(fragments.add(frame(new byte[0], true))).isEmpty();
        }
        for (int i = 0; i < MessageAssembler.MAX_FRAGMENTS; i++) {
            fragments.add(frame(new byte[0], false));
        }
        assertThat(catchThrowableOfType(
                        MessageAssembler.Violation.class, () -> fragments.add(frame(new byte[0], true))))
                .isNotNull();
    }

    private static String send(MessageAssembler fragments, byte[] bytes, List<Integer> cuts)
            throws MessageAssembler.Violation {
        TreeSet<Integer> ends = new TreeSet<>();
        cuts.forEach(cut -> ends.add(Math.floorMod(cut, bytes.length + 1)));
        int from = 0;
        for (int end : ends) {
            assertThat(fragments.add(frame(Arrays.copyOfRange(bytes, from, end), false)))
                    .isNull();
            from = end;
        }
        return fragments.add(frame(Arrays.copyOfRange(bytes, from, bytes.length), true));
    }

    private static WebSocketFrame frame(byte[] bytes, boolean last) {
        return WebSocketFrame.continuationFrame(Buffer.buffer(bytes), last);
    }
}
