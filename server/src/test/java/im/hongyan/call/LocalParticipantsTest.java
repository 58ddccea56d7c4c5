package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** The participants of the node "node", which has the devices A, B and C. */
class LocalParticipantsTest {
    private final RoomScript script = RoomScript.of("A calls group B C", "B accepts");
    private final CallRoom withTwo = script.room();
    private final CallRoom withThree = apply("C accepts");
    private final LocalParticipants participants = new LocalParticipants("node");

    private CallRoom apply(String command) {
        script.apply(command);
        return script.room();
    }

    private static CallRoom restored(CallRoom known) {
        CallCommand restore = new CallCommand.Restore(known, "another");
        return new CallMachine(RoomScript.RULES)
                .apply(null, restore, Set.of(), RoomScript.START)
                .room();
    }

    @Test
    void update_tellsWhoHasEntered() {
        assertThat(participants.update(withTwo).entered()).hasSize(2);
        assertThat(participants.update(withThree).entered()).hasSize(1);
        assertThat(participants.update(withThree).entered()).isEmpty();
        assertThat(participants.count()).isEqualTo(3);
    }

    /** Another node restored the room before it had seen C. */
    @Test
    void restoredRoom_withoutALocalParticipant_tellsThePreviousVersion() {
        participants.update(withThree);

        assertThat(participants.update(restored(withTwo)).forgotten()).contains(withThree);
        assertThat(participants.count()).isEqualTo(2);
    }

    @Test
    void restoredRoom_withAllLocalParticipants_forgetsNobody() {
        participants.update(withTwo);

        assertThat(participants.refresh(restored(withThree)).forgotten()).isEmpty();
    }

    @Test
    void participantWhoHasLeft_isNotForgotten() {
        participants.update(withThree);

        assertThat(participants.update(apply("C leaves")).forgotten()).isEmpty();
        assertThat(participants.count()).isEqualTo(2);
    }
}
