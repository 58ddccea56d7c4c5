package im.hongyan.call;

import im.hongyan.call.CallCommand.Caller;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Applies commands written as text to a room, such as {@code "B accepts"}. Users are capital letters, and a letter with
 * a number is another device of the user: {@code B2}. At most three participants may be in.
 */
final class RoomScript {
    static final CallRules RULES = new CallRules(60_000, 25_000, 60_000, 3);
    static final long START = 1_000_000;

    private final CallMachine machine = new CallMachine(RULES);
    private final Map<String, ParticipantId> ids = new TreeMap<>();
    private CallRoom room;
    private long now = START;
    private Rejection refusal;

    private RoomScript() {}

    /** A room after these commands. */
    static RoomScript of(String... commands) {
        RoomScript script = new RoomScript();
        for (String command : commands) {
            script.apply(command);
        }
        return script;
    }

    CallRoom room() {
        return room;
    }

    /** The room afterwards, after the reason of a refusal if there is one. */
    String apply(String text) {
        refusal = null;
        CallRoom before = room;
        String[] words = text.split(" ", -1);
        if (words[0].equals("wait")) {
            now += Long.parseLong(words[1]) * 1_000;
            run(new CallCommand.Tick());
        } else if (words[0].equals("leases")) {
            Set<ParticipantId> all = room.inCall().map(one -> one.seat().id()).collect(Collectors.toSet());
            decide(new CallCommand.Tick(), all);
        } else {
            run(command(words));
        }
        String after = room.equals(before) ? "unchanged" : describe();
        return refusal == null ? after : refusal.reason() + (room.equals(before) ? "" : ": " + after);
    }

    private void run(CallCommand command) {
        decide(command, Set.of());
    }

    private void decide(CallCommand command, Set<ParticipantId> expired) {
        CallMachine.Decision decision = machine.apply(room, command, expired, now);
        room = decision.room();
        refusal = decision.refusal();
        room.inCall().forEach(one -> ids.putIfAbsent(deviceName(one), one.seat().id()));
    }

    private CallCommand command(String[] words) {
        String who = words[0];
        MediaState media = new MediaState(true, true, false, false);
        return switch (words[1]) {
            case "calls" ->
                new CallCommand.Start(
                        new CallRoom.Info(
                                CALL, CONVERSATION, words[2].equals("direct"), CallMedia.VIDEO, user(who), now),
                        caller(who),
                        ParticipantId.next(),
                        media,
                        users(words, 3),
                        Set.of());
            case "accepts" -> new CallCommand.Accept(caller(who), ParticipantId.next(), media);
            case "joins" -> new CallCommand.Join(caller(who), ParticipantId.next(), media);
            case "resumes" -> new CallCommand.Resume(caller(who), ids.getOrDefault(words[2], ParticipantId.next()));
            case "confirms" -> new CallCommand.ConfirmRing(user(who));
            case "declines" -> new CallCommand.Decline(user(who));
            case "leaves" -> new CallCommand.Leave(caller(who));
            case "dropped" -> new CallCommand.Drop(user(who), CallReason.REMOVED);
            case "out" -> new CallCommand.EndSessions(Set.of(session(who)));
            case "disconnects" -> new CallCommand.Disconnect(caller(who));
            case "dies" -> new CallCommand.LoseNode(who);
            case "rings" -> new CallCommand.Ring(caller(who), users(words, 2), Set.of());
            case "finds-busy" -> new CallCommand.Ring(caller(who), users(words, 2), Set.copyOf(users(words, 2)));
            case "removes" -> new CallCommand.Remove(caller(who), ids.getOrDefault(words[2], ParticipantId.next()));
            case "ends" -> new CallCommand.End(caller(who));
            case "shares" -> new CallCommand.SetMedia(caller(who), null, null, true, null);
            case "fails-with" ->
                new CallCommand.ReportLink(caller(who), ids.getOrDefault(words[2], ParticipantId.next()), false);
            case "fails" -> new CallCommand.Fail();
            case "restarts" -> new CallCommand.RestartGrace();
            default -> throw new IllegalArgumentException(String.join(" ", words));
        };
    }

    private static List<UserId> users(String[] words, int from) {
        List<UserId> users = new ArrayList<>();
        for (int i = from; i < words.length; i++) {
            users.add(user(words[i]));
        }
        return users;
    }

    private static final CallId CALL = new CallId(new UUID(1, 1));
    private static final ConversationId CONVERSATION = new ConversationId(new UUID(2, 2));

    static UserId user(String name) {
        return new UserId(new UUID(3, name.charAt(0)));
    }

    private static SessionId session(String device) {
        return new SessionId(new UUID(4, device.hashCode()));
    }

    /** Devices of one user are on different nodes. */
    static Caller caller(String device) {
        return new Caller(user(device), new Device(session(device), "node" + device.substring(1), device));
    }

    private static String deviceName(Participant one) {
        return one.seat().device().connection();
    }

    /**
     * For example {@code A*, B reconnecting, C ringing}: the host has a star, and users without a state have joined.
     */
    String describe() {
        String roster = room.participants().stream().map(this::describe).collect(Collectors.joining(", "));
        return room.isEnded()
                ? room.phase().ending().outcome().text() + " ("
                        + room.phase().ending().reason().text() + ")"
                : roster;
    }

    private String describe(Participant one) {
        String name = one.seat() == null
                ? String.valueOf((char) one.user().value().getLeastSignificantBits())
                : deviceName(one);
        String star = one.has(room.host()) ? "*" : "";
        String state =
                one.state() == ParticipantState.JOINED ? "" : " " + one.state().text();
        String reason =
                one.state() == ParticipantState.LEFT ? " (" + one.reason().text() + ")" : "";
        String media = one.media() != null && one.media().screen() ? " sharing" : "";
        return name + star + state + reason + media;
    }
}
