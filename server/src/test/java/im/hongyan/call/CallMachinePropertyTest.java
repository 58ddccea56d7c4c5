package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever happens in whatever order, the rules of a call hold. */
class CallMachinePropertyTest {
    private static final List<String> DEVICES = List.of("A", "A2", "B", "B2", "C", "C2", "D", "E");

    @Provide
    Arbitrary<List<String>> commands() {
        Arbitrary<String> device = Arbitraries.of(DEVICES);
        Arbitrary<String> verb = Arbitraries.of(
                "accepts",
                "joins",
                "confirms",
                "declines",
                "leaves",
                "dropped",
                "out",
                "disconnects",
                "ends",
                "shares");
        Arbitrary<String> withOther = Arbitraries.of("resumes", "rings", "removes", "fails-with");
        Arbitrary<String> single = Combinators.combine(device, verb).as((who, what) -> who + " " + what);
        Arbitrary<String> pair =
                Combinators.combine(device, withOther, device).as((who, what, other) -> who + " " + what + " " + other);
        Arbitrary<String> time = Arbitraries.of(
                "wait 0", "wait 1", "wait 10", "wait 26", "leases expire", "grace restarts", "node dies");
        return Arbitraries.frequencyOf(Tuple.of(6, single), Tuple.of(3, pair), Tuple.of(2, time))
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 2_000)
    void anyOrder_keepsTheRules(@ForAll("commands") List<String> commands, @ForAll boolean direct) {
        RoomScript script = RoomScript.of(direct ? "A calls direct B" : "A calls group B C D");
        CallRoom before = script.room();
        for (String command : commands) {
            script.apply(command);
            CallRoom after = script.room();
            check(before, after);
            before = after;
        }
    }

    /** However a call goes, it ends by itself when everyone is gone. */
    @Property(tries = 500)
    void allParticipantsDisconnected_callEnds(@ForAll("commands") List<String> commands, @ForAll boolean direct) {
        RoomScript script = RoomScript.of(direct ? "A calls direct B" : "A calls group B C D");
        commands.forEach(script::apply);
        DEVICES.forEach(device -> script.apply(device + " disconnects"));
        script.apply("wait 26");
        assertThat(script.room().isEnded()).isTrue();
        assertThat(script.room().inCall()).isEmpty();
        assertThat(script.room().ringing()).isEmpty();
    }

    private static void check(CallRoom before, CallRoom after) {
        assertThat(after.version()).isGreaterThanOrEqualTo(before.version());
        assertThat(after.version() == before.version()).isEqualTo(after.equals(before));
        boolean sameRoster = after.participants().equals(before.participants())
                && after.host().equals(before.host());
        assertThat(after.revision() > before.revision()).isEqualTo(!sameRoster);
        List<Object> users = new ArrayList<>();
        after.inCall().forEach(one -> users.add(one.user()));
        assertThat(users).doesNotHaveDuplicates();
        assertThat(users.size()).isLessThanOrEqualTo(RoomScript.RULES.maxParticipants());
        if (before.isEnded()) {
            assertThat(after).isEqualTo(before);
        } else if (after.isEnded()) {
            assertThat(users).isEmpty();
            assertThat(after.ringing()).isEmpty();
        } else {
            assertThat(users).isNotEmpty();
            assertThat(after.inCall().anyMatch(one -> one.has(after.host()))).isTrue();
        }
        assertThat(after.participants().stream()
                        .filter(one -> one.seat() != null)
                        .map(one -> one.seat().id())
                        .toList())
                .doesNotHaveDuplicates();
    }
}
