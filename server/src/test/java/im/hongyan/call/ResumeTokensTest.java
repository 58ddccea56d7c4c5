package im.hongyan.call;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.TokenMac;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTokensTest {
    private static final byte[] OLD_KEY = new byte[32];
    private static final byte[] NEW_KEY = new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    private final CallRoom room = RoomScript.of("A calls direct B").room();
    private final ParticipantId participant = room.host();
    private final Principal caller = caller();

    private static ResumeTokens tokens(byte[]... keys) {
        return new ResumeTokens(TokenMac.factory(List.of(keys)).derive("test"));
    }

    private static Principal caller() {
        return new Principal(RoomScript.user("A"), new SessionId(Id.next()), "socket");
    }

    @Test
    void token_namesTheConversation() {
        String token = tokens(OLD_KEY).issue(room, participant, caller);
        assertThat(tokens(OLD_KEY).verify(token, room.id(), participant, caller))
                .contains(room.info().conversation());
    }

    /** So that a rotation of keys ends no call. */
    @Test
    void token_ofOldKey_isValid() {
        String token = tokens(OLD_KEY).issue(room, participant, caller);
        assertThat(tokens(NEW_KEY, OLD_KEY).verify(token, room.id(), participant, caller))
                .isPresent();
        assertThat(tokens(NEW_KEY).verify(token, room.id(), participant, caller))
                .isEmpty();
    }

    @Test
    void token_ofAnother_isInvalid() {
        ResumeTokens tokens = tokens(OLD_KEY);
        String token = tokens.issue(room, participant, caller);
        assertThat(tokens.verify(token, new CallId(Id.next()), participant, caller))
                .isEmpty();
        assertThat(tokens.verify(token, room.id(), ParticipantId.next(), caller))
                .isEmpty();
        assertThat(tokens.verify(token, room.id(), participant, caller())).isEmpty();
        ResumeTokens otherPurpose =
                new ResumeTokens(TokenMac.factory(List.of(OLD_KEY)).derive("another"));
        assertThat(otherPurpose.verify(token, room.id(), participant, caller)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "%%%", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA"})
    void malformedToken_isInvalid(String token) {
        assertThat(tokens(OLD_KEY).verify(token, room.id(), participant, caller))
                .isEmpty();
    }
}
