package im.hongyan.call;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.TokenMac;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * Issues and verifies the tokens with which a device resumes as the same participant on a new socket, on any node. A
 * token contains the conversation, so that it works while PostgreSQL is unavailable, and a MAC over the conversation,
 * the call, the participant and the session. Tokens are not stored, so they survive a loss of Redis. Thread-safe.
 */
final class ResumeTokens {
    private static final int ID_BYTES = 16;

    private final TokenMac mac;

    ResumeTokens(TokenMac mac) {
        this.mac = mac;
    }

    String issue(CallRoom room, ParticipantId participant, Principal caller) {
        ConversationId conversation = room.info().conversation();
        byte[] signature = mac.sign(signed(conversation, room.id(), participant, caller));
        byte[] token = ByteBuffer.allocate(ID_BYTES + signature.length)
                .putLong(conversation.value().getMostSignificantBits())
                .putLong(conversation.value().getLeastSignificantBits())
                .put(signature)
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /** @return the conversation of the call; empty if the token is not for this call, participant and session */
    Optional<ConversationId> verify(String token, CallId call, ParticipantId participant, Principal caller) {
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
        if (bytes.remaining() <= ID_BYTES) {
            return Optional.empty();
        }
        ConversationId conversation = new ConversationId(new UUID(bytes.getLong(), bytes.getLong()));
        byte[] signature = new byte[bytes.remaining()];
        bytes.get(signature);
        return mac.verify(signed(conversation, call, participant, caller), signature)
                ? Optional.of(conversation)
                : Optional.empty();
    }

    private static byte[] signed(
            ConversationId conversation, CallId call, ParticipantId participant, Principal caller) {
        ByteBuffer all = ByteBuffer.allocate(5 * ID_BYTES);
        for (UUID id : new UUID[] {
            conversation.value(),
            call.value(),
            participant.value(),
            caller.user().value(),
            caller.session().value()
        }) {
            all.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        }
        return all.array();
    }
}
