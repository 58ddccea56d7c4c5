package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The frames of calls. */
final class CallFrames {
    private static final int MAX_RING = 8;
    private static final int MAX_TOKEN_BYTES = 200;
    private static final String PEER = "peer:";

    private CallFrames() {}

    // Requests

    /** @param invite the users to ring; absent to ring all members of a small conversation */
    record Start(
            ConversationId conversation,
            String clientId,
            CallMedia media,
            Boolean microphone,
            Boolean camera,
            List<UserId> invite) {
        Start {
            Check.present("conversation", conversation);
            Check.clientId(clientId);
            Check.present("media", media);
            invite = invite == null ? null : Check.distinct("invite", invite, CallRules.MAX_RINGING);
        }
    }

    record ById(CallId call) {
        ById {
            Check.present("call", call);
        }
    }

    record Enter(CallId call, Boolean microphone, Boolean camera) {
        Enter {
            Check.present("call", call);
        }
    }

    record Resume(CallId call, ParticipantId participant, String resumeToken) {
        Resume {
            Check.present("call", call);
            Check.present("participant", participant);
            Check.text("resumeToken", resumeToken, MAX_TOKEN_BYTES);
        }
    }

    record Ring(CallId call, List<UserId> users) {
        Ring {
            Check.present("call", call);
            users = Check.nonEmptyDistinct("users", users, MAX_RING);
        }
    }

    record Remove(CallId call, ParticipantId participant) {
        Remove {
            Check.present("call", call);
            Check.present("participant", participant);
        }
    }

    /** Absent fields stay unchanged. */
    record Media(CallId call, Boolean microphone, Boolean camera, Boolean screen, Boolean hand) {
        Media {
            Check.present("call", call);
        }
    }

    /** @param to {@code peer:} followed by a participant */
    record Signal(CallId call, String to, Long generation, SignalBody signal) {
        Signal {
            Check.present("call", call);
            parsePeer("to", to);
            Check.seq("generation", generation, 0);
            Check.present("signal", signal);
        }

        ParticipantId peer() {
            return parsePeer("to", to);
        }
    }

    /**
     * A message from one client to another. The server checks its size and does not interpret it.
     *
     * @param last whether no more candidates follow
     */
    record SignalBody(
            SignalType type, String sdp, List<Candidate> candidates, @JsonProperty("final") Boolean last, String blob) {
        private static final int MAX_SDP_BYTES = 64 * 1024;
        private static final int MAX_CANDIDATES = 16;
        private static final int MAX_BLOB_BYTES = 256;

        SignalBody {
            Check.present("type", type);
            Check.optionalText("sdp", sdp, MAX_SDP_BYTES);
            candidates = candidates == null ? null : Check.distinct("candidates", candidates, MAX_CANDIDATES);
            Check.optionalText("blob", blob, MAX_BLOB_BYTES);
        }

        /** Roughly its size, in bytes. */
        int size() {
            int ofCandidates = candidates == null
                    ? 0
                    : candidates.stream()
                            .mapToInt(one -> one.candidate().length())
                            .sum();
            return 100 + (sdp == null ? 0 : sdp.length()) + ofCandidates;
        }
    }

    enum SignalType {
        OFFER,
        ANSWER,
        CANDIDATES,
        RESTART,
        VERIFY;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static SignalType parse(String text) {
            for (SignalType type : values()) {
                if (type.text().equals(text)) {
                    return type;
                }
            }
            throw Rejection.field("type", "call.form", "the type must be offer, answer, candidates, restart or verify");
        }
    }

    /** An ICE candidate ({@code RTCIceCandidateInit}). */
    record Candidate(String candidate, String sdpMid, Integer sdpMLineIndex, String usernameFragment) {
        private static final int MAX_BYTES = 2 * 1024;
        private static final int MAX_NAME_BYTES = 256;

        Candidate {
            Check.present("candidate", candidate);
            Check.optionalText("candidate", candidate, MAX_BYTES);
            Check.optionalText("sdpMid", sdpMid, MAX_NAME_BYTES);
            if (sdpMLineIndex != null) {
                Check.range("sdpMLineIndex", sdpMLineIndex.longValue(), 0, 1_000);
            }
            Check.optionalText("usernameFragment", usernameFragment, MAX_NAME_BYTES);
        }
    }

    /**
     * @param peer the participant at the other end
     * @param ms how long the connection took
     */
    record Link(
            CallId call,
            ParticipantId peer,
            Long generation,
            LinkState state,
            LinkRoute route,
            LinkProtocol protocol,
            Long ms) {
        private static final long MAX_MS = 86_400_000;

        Link {
            Check.present("call", call);
            Check.present("peer", peer);
            Check.seq("generation", generation, 0);
            Check.present("state", state);
            if (ms != null) {
                Check.range("ms", ms, 0, MAX_MS);
            }
        }
    }

    enum LinkState {
        CONNECTED,
        INTERRUPTED,
        FAILED,
        /** Reported when the participant leaves. */
        CLOSED;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static LinkState parse(String text) {
            for (LinkState state : values()) {
                if (state.text().equals(text)) {
                    return state;
                }
            }
            throw Rejection.field("state", "call.form", "the state must be connected, interrupted, failed or closed");
        }
    }

    enum LinkRoute {
        HOST,
        SRFLX,
        RELAY;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static LinkRoute parse(String text) {
            // Peer-reflexive and server-reflexive candidates differ only in how they were discovered.
            String route = text.equals("prflx") ? "srflx" : text;
            for (LinkRoute one : values()) {
                if (one.text().equals(route)) {
                    return one;
                }
            }
            throw Rejection.field("route", "call.form", "the route must be host, srflx or relay");
        }
    }

    enum LinkProtocol {
        UDP,
        TCP,
        TLS;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static LinkProtocol parse(String text) {
            for (LinkProtocol one : values()) {
                if (one.text().equals(text)) {
                    return one;
                }
            }
            throw Rejection.field("protocol", "call.form", "the protocol must be udp, tcp or tls");
        }
    }

    private static ParticipantId parsePeer(String field, String text) {
        Check.present(field, text);
        if (!text.startsWith(PEER) || text.getBytes(StandardCharsets.UTF_8).length > 64) {
            throw Rejection.field(field, "call.form", "'" + field + "' must be peer: followed by a participant");
        }
        try {
            return ParticipantId.of(text.substring(PEER.length()));
        } catch (Rejection malformed) {
            throw malformed.at(field);
        }
    }

    // Answers and pushes

    /**
     * How participants exchange media.
     *
     * @param generation 0, because there is only a mesh
     * @param relayOnly whether media must go through a TURN server; true or absent
     */
    record Transport(String type, int generation, Boolean relayOnly) {
        static Transport mesh(boolean relayOnly) {
            return new Transport("mesh", 0, relayOnly ? true : null);
        }
    }

    /**
     * The answer to a user who has entered a call.
     *
     * @param participant the caller's own
     */
    record Entered(
            CallId call,
            ParticipantId participant,
            String resumeToken,
            Transport transport,
            List<IceServers.Server> iceServers,
            long revision,
            ParticipantId host,
            List<Item> participants) {}

    record Ice(List<IceServers.Server> iceServers, Instant expiresAt) {
        static Ice of(IceServers.Issued issued) {
            return new Ice(issued.servers(), issued.expiresAt());
        }
    }

    record Revision(long revision) {}

    /** A participant in a snapshot. */
    record Item(
            ParticipantId participant,
            UserId user,
            SessionId device,
            ParticipantState state,
            CallReason reason,
            MediaState media) {
        static Item of(Participant one) {
            Participant.Seat seat = one.seat();
            return new Item(
                    seat == null ? null : seat.id(),
                    one.user(),
                    seat == null ? null : seat.device().session(),
                    one.state(),
                    one.reason(),
                    one.media());
        }

        static List<Item> all(CallRoom room) {
            return room.participants().stream().map(Item::of).toList();
        }
    }

    /** The push {@code call.state}. */
    record State(CallId call, long revision, ParticipantId host, List<Item> participants) {
        static State of(CallRoom room) {
            return new State(room.id(), room.revision(), room.host(), Item.all(room));
        }
    }

    /** The answer to {@code call.get}. */
    record Found(
            CallId call,
            ConversationId conversation,
            CallMedia media,
            Progress state,
            long revision,
            ParticipantId host,
            List<Item> participants) {
        static Found of(CallRoom room) {
            return new Found(
                    room.id(),
                    room.info().conversation(),
                    room.info().media(),
                    room.isActive() ? Progress.ACTIVE : Progress.RINGING,
                    room.revision(),
                    room.host(),
                    Item.all(room));
        }
    }

    enum Progress {
        RINGING,
        ACTIVE;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The push {@code call.ringing}. */
    record Ringing(CallId call, ConversationId conversation, UserId from, CallMedia media, Instant expiresAt) {
        static Ringing of(CallRoom room, Participant rung) {
            return new Ringing(
                    room.id(),
                    room.info().conversation(),
                    room.info().creator(),
                    room.info().media(),
                    Instant.ofEpochMilli(rung.ring().until()));
        }
    }

    /** The call in progress, as a conversation and {@code call.banner} show it. */
    record Banner(CallId id, CallMedia media, int count) {
        static Banner of(CallRoom room) {
            return new Banner(
                    room.id(), room.info().media(), (int) room.inCall().count());
        }
    }

    /** The push {@code call.banner}. */
    record BannerChanged(ConversationId conversation, Banner call) {}

    /** The push {@code call.ended}. */
    record Ended(CallId call, ConversationId conversation, CallReason reason, CallOutcome outcome, long seconds) {
        static Ended of(CallRoom room) {
            return new Ended(
                    room.id(),
                    room.info().conversation(),
                    room.phase().ending().reason(),
                    room.phase().ending().outcome(),
                    room.seconds());
        }
    }

    /** The push {@code call.signal}. */
    record Signaled(CallId call, String from, long generation, ReceivedSignal signal) {
        static Signaled of(Signal signal, ParticipantId sender) {
            return new Signaled(signal.call(), PEER + sender, signal.generation(), ReceivedSignal.of(signal.signal()));
        }
    }

    /** A {@link SignalBody} in a push: its schema allows additional fields. */
    record ReceivedSignal(
            SignalType type,
            String sdp,
            List<ReceivedCandidate> candidates,
            @JsonProperty("final") Boolean last,
            String blob) {
        static ReceivedSignal of(SignalBody sent) {
            return new ReceivedSignal(
                    sent.type(),
                    sent.sdp(),
                    sent.candidates() == null
                            ? null
                            : sent.candidates().stream()
                                    .map(ReceivedCandidate::of)
                                    .toList(),
                    sent.last(),
                    sent.blob());
        }
    }

    record ReceivedCandidate(String candidate, String sdpMid, Integer sdpMLineIndex, String usernameFragment) {
        static ReceivedCandidate of(Candidate sent) {
            return new ReceivedCandidate(
                    sent.candidate(), sent.sdpMid(), sent.sdpMLineIndex(), sent.usernameFragment());
        }
    }

    /** The content of an entry of kind {@code call}. */
    record Content(CallId call, CallMedia media, CallOutcome outcome, List<UserId> participants, long seconds) {}
}
