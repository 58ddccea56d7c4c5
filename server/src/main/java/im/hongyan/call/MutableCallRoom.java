package im.hongyan.call;

import im.hongyan.call.CallCommand.Caller;
import im.hongyan.call.CallRoom.Banner;
import im.hongyan.call.CallRoom.Ending;
import im.hongyan.call.CallRoom.Phase;
import im.hongyan.call.Participant.Ring;
import im.hongyan.call.Participant.Seat;
import im.hongyan.protocol.UserId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A mutable copy of a room, which {@link CallMachine} changes. {@link #settle} applies timers and their consequences.
 */
final class MutableCallRoom {
    /**
     * How much a restored room raises the revision. Clients ignore snapshots with a lower revision than they have seen,
     * and the node that restores a room may not have seen its latest revisions.
     */
    private static final long RESTORE_STEP = 1_000;

    /** Null for a new room. */
    private final CallRoom before;

    private final CallRoom.Info info;
    private final CallRules rules;
    private final long now;
    private final List<Participant> participants;
    private ParticipantId host;
    private long activeSince;
    private long aloneSince;
    private long knownOnlyUntil;
    private Banner banner;
    private Ending ending;
    private CallHistory history;
    /** Why the latest participant left. */
    private CallReason lastReason = CallReason.LEFT;

    /** By how much the version and the revision grow. */
    private long step = 1;

    /** A room without participants. */
    MutableCallRoom(CallRoom.Info info, ParticipantId host, CallRules rules, long now) {
        this.before = null;
        this.info = info;
        this.rules = rules;
        this.now = now;
        this.participants = new ArrayList<>();
        this.host = host;
        this.banner = new Banner(0, now);
        this.history = CallHistory.EMPTY;
    }

    MutableCallRoom(CallRoom before, CallRules rules, long now) {
        this.before = before;
        this.info = before.info();
        this.rules = rules;
        this.now = now;
        this.participants = new ArrayList<>(before.participants());
        this.host = before.host();
        this.activeSince = before.phase().activeSince();
        this.aloneSince = before.phase().aloneSince();
        this.knownOnlyUntil = before.phase().knownOnlyUntil();
        this.banner = before.phase().banner();
        this.ending = before.phase().ending();
        this.history = before.history();
    }

    CallRoom.Info info() {
        return info;
    }

    ParticipantId host() {
        return host;
    }

    boolean isActive() {
        return activeSince > 0;
    }

    boolean isEnded() {
        return ending != null;
    }

    Stream<Participant> inCall() {
        return participants.stream().filter(Participant::isIn);
    }

    boolean isIn(UserId user) {
        return inCall().anyMatch(one -> one.user().equals(user));
    }

    boolean isRinging(UserId user) {
        return ringing().anyMatch(one -> one.user().equals(user));
    }

    long ringingCount() {
        return ringing().count();
    }

    private Stream<Participant> ringing() {
        return participants.stream().filter(Participant::isRinging);
    }

    boolean isRemoved(UserId user) {
        return history.removed().contains(user);
    }

    boolean knows(ParticipantId id) {
        return find(id).isPresent();
    }

    Optional<Participant> find(ParticipantId id) {
        return participants.stream().filter(one -> one.has(id)).findFirst();
    }

    /** The participant of this socket. */
    Optional<Participant> held(Caller caller) {
        return inCall().filter(one -> one.user().equals(caller.user())
                        && one.holds(caller.device().connection()))
                .findFirst();
    }

    /** For how long only known participants may enter. */
    long knownOnlyForMs() {
        return Math.max(0, knownOnlyUntil - now);
    }

    // Entering

    /** Adds the user as a participant, or turns their invitation into one. */
    void join(Caller caller, ParticipantId id, MediaState media) {
        List<UserId> present = inCall().map(Participant::user).toList();
        Ring ring = removeRow(one -> one.user().equals(caller.user()) && one.seat() == null)
                .map(Participant::ring)
                .orElse(null);
        Participant entering = new Participant(caller.user(), ParticipantState.INVITED, null, now, ring, null, null);
        participants.add(entering.seated(new Seat(id, caller.device(), now, 0), media, now));
        history = history.joined(caller.user(), present);
    }

    /** Replaces the user's participant by a new one. False if the user is not in the call. */
    boolean replace(Caller caller, ParticipantId id, MediaState media) {
        Participant old = inCall().filter(one -> one.user().equals(caller.user()))
                .findFirst()
                .orElse(null);
        if (old == null) {
            return false;
        }
        // The new participant keeps the time of joining, which decides who becomes the next host.
        Seat seat = new Seat(id, caller.device(), old.seat().joinedAt(), 0);
        int place = participants.indexOf(old);
        participants.set(place, old.seated(seat, media, now));
        participants.add(old.to(ParticipantState.LEFT, CallReason.REPLACED, now));
        if (old.has(host)) {
            host = id;
        }
        return true;
    }

    /** Moves a participant to another socket. False if the participant is not in the call. */
    boolean resume(Caller caller, ParticipantId id) {
        Participant own = inCall().filter(one -> one.has(id) && one.user().equals(caller.user()))
                .findFirst()
                .orElse(null);
        if (own == null) {
            return false;
        }
        if (!own.holds(caller.device().connection()) || own.state() == ParticipantState.RECONNECTING) {
            Seat seat = new Seat(id, caller.device(), own.seat().joinedAt(), 0);
            set(own, own.seated(seat, own.media(), now));
        }
        return true;
    }

    // Ringing

    void ring(UserId user, boolean busy) {
        removeRow(one -> one.user().equals(user) && one.seat() == null);
        Participant invited = new Participant(user, ParticipantState.INVITED, null, now, null, null, null);
        if (busy) {
            participants.add(invited.to(ParticipantState.BUSY, CallReason.BUSY, now));
        } else {
            participants.add(invited.rung(new Ring(now, now + rules.ringMs()), now));
            history = history.rung(user);
        }
    }

    /** How long until this user may be rung again; 0 if they may be rung now. */
    long ringPauseMs(UserId user) {
        return participants.stream()
                .filter(one -> one.user().equals(user))
                .mapToLong(one -> {
                    if (one.state() == ParticipantState.DECLINED) {
                        return one.since() + CallRules.DECLINE_PAUSE_MS - now;
                    }
                    return one.ring() == null ? 0 : one.ring().at() + CallRules.RING_PAUSE_MS - now;
                })
                .reduce(0, Math::max);
    }

    void confirmRing(UserId user) {
        ringing()
                .filter(one -> one.user().equals(user) && one.state() == ParticipantState.INVITED)
                .findFirst()
                .ifPresent(one -> set(one, one.to(ParticipantState.RINGING, null, one.since())));
    }

    void decline(UserId user) {
        ringing()
                .filter(one -> one.user().equals(user))
                .findFirst()
                .ifPresent(one -> set(one, one.to(ParticipantState.DECLINED, CallReason.DECLINED, now)));
    }

    // Leaving

    void leave(Participant own, CallReason reason) {
        set(own, own.to(ParticipantState.LEFT, reason, now));
        lastReason = reason;
    }

    void removeByHost(Participant target) {
        leave(target, CallReason.REMOVED);
        history = history.removed(target.user());
    }

    /** Removes the user's participant, and stops ringing the user. */
    void drop(UserId user, CallReason reason) {
        participants.stream()
                .filter(one -> one.user().equals(user) && (one.isIn() || one.isRinging()))
                .toList()
                .forEach(one -> leave(one, reason));
    }

    void disconnect(Participant own) {
        if (own.state() == ParticipantState.JOINED) {
            set(own, own.reconnecting(now + rules.graceMs(), now));
        }
    }

    void expireLeases(Set<ParticipantId> expired) {
        inCall().filter(one -> expired.contains(one.seat().id())).toList().forEach(this::disconnect);
    }

    /** Starts a new grace period for participants whose grace period is over. */
    void restartGrace() {
        inCall().filter(one -> one.state() == ParticipantState.RECONNECTING
                        && one.seat().graceUntil() <= now)
                .toList()
                .forEach(one -> set(one, one.reconnecting(now + rules.graceMs(), now)));
    }

    // In the call

    void setMedia(Participant own, MediaState media) {
        set(own, own.with(media));
    }

    void report(UserId user, UserId peer, boolean connected) {
        history = history.reported(user, peer, connected);
    }

    // Ending

    void endByHost() {
        end(
                isActive() ? completedOrFailed() : CallOutcome.CANCELLED,
                isActive() ? CallReason.ENDED_BY_HOST : CallReason.CANCELLED);
    }

    void end(CallOutcome outcome, CallReason reason) {
        if (ending == null) {
            ending = new Ending(outcome, reason, now);
            participants.replaceAll(
                    one -> one.isIn() || one.isRinging() ? one.to(ParticipantState.LEFT, reason, now) : one);
        }
    }

    private CallOutcome completedOrFailed() {
        return history.everyPairFailed() ? CallOutcome.FAILED : CallOutcome.COMPLETED;
    }

    // After a loss of Redis

    /**
     * Restores the room from a node's memory. Participants of other nodes leave later unless their leases are renewed.
     */
    void restored() {
        step = RESTORE_STEP;
        knownOnlyUntil = now + CallRules.KNOWN_ONLY_MS;
    }

    /** Adds what the node that restored the room did not know: a node's connected participants, and their history. */
    void restore(CallRoom known, String node) {
        if (knownOnlyForMs() > 0) {
            history = history.with(known.history());
        }
        for (Participant one : known.participants()) {
            boolean ofNode = one.state() == ParticipantState.JOINED
                    && one.seat().device().node().equals(node);
            if (ofNode && knownOnlyForMs() > 0 && !knows(one.seat().id()) && !isIn(one.user())) {
                removeRow(row -> row.user().equals(one.user()) && row.seat() == null);
                participants.add(one);
            }
        }
    }

    // Consequences

    /** Settles a new room without ending it: a start is answered before its call ends, even if the callee is busy. */
    void settleNew() {
        countAndAppoint();
    }

    void settle() {
        if (isEnded()) {
            return;
        }
        ringing()
                .filter(one -> one.ring().until() <= now)
                .toList()
                .forEach(one -> set(one, one.to(ParticipantState.TIMED_OUT, CallReason.TIMED_OUT, now)));
        inCall().filter(one -> one.state() == ParticipantState.RECONNECTING
                        && one.seat().graceUntil() <= now)
                .toList()
                .forEach(one -> leave(one, CallReason.LOST));
        countAndAppoint();
        if (info.direct()) {
            settleDirect();
        } else {
            settleGroup();
        }
        prune();
    }

    private void countAndAppoint() {
        long count = inCall().count();
        if (count >= 2 && activeSince == 0) {
            activeSince = now;
        }
        if (!isActive() || count != 1) {
            aloneSince = 0;
        } else if (aloneSince == 0) {
            aloneSince = now;
        }
        if (inCall().noneMatch(one -> one.has(host))) {
            inCall().min(Comparator.comparingLong(one -> one.seat().joinedAt()))
                    .ifPresent(earliest -> host = earliest.seat().id());
        }
        if (count != banner.count() && (banner.count() == 0 || now - banner.at() >= CallRules.BANNER_MS)) {
            banner = new Banner((int) count, now);
        }
    }

    private void settleDirect() {
        long count = inCall().count();
        if (isActive()) {
            if (count < 2) {
                end(completedOrFailed(), lastReason);
            }
        } else if (count == 0) {
            end(CallOutcome.CANCELLED, lastReason == CallReason.LEFT ? CallReason.CANCELLED : lastReason);
        } else {
            participants.stream()
                    .filter(one -> one.seat() == null && !one.isRinging())
                    .findFirst()
                    .ifPresent(peer -> endUnanswered(peer.state()));
        }
    }

    private void endUnanswered(ParticipantState peer) {
        switch (peer) {
            case DECLINED -> end(CallOutcome.DECLINED, CallReason.DECLINED);
            case BUSY -> end(CallOutcome.BUSY, CallReason.BUSY);
            case TIMED_OUT -> end(CallOutcome.MISSED, CallReason.TIMED_OUT);
            default -> end(CallOutcome.CANCELLED, CallReason.REMOVED);
        }
    }

    private void settleGroup() {
        if (inCall().findAny().isEmpty()) {
            if (isActive()) {
                end(completedOrFailed(), lastReason);
            } else {
                end(CallOutcome.CANCELLED, lastReason == CallReason.LEFT ? CallReason.CANCELLED : lastReason);
            }
        } else if (!isActive()) {
            if (now >= waitingSince() + rules.ringMs()) {
                end(CallOutcome.MISSED, CallReason.TIMED_OUT);
            }
        } else if (aloneSince > 0 && now >= aloneSince + rules.aloneMs() && ringingCount() == 0) {
            end(completedOrFailed(), CallReason.TIMED_OUT);
        }
    }

    private long waitingSince() {
        return participants.stream()
                .filter(one -> one.ring() != null)
                .mapToLong(one -> one.ring().at())
                .reduce(info.startedAt(), Math::max);
    }

    /** Removes participants from the roster some time after they left; until then, their clients can learn why. */
    private void prune() {
        if (isEnded()) {
            return;
        }
        participants.removeIf(one -> isDeparted(one) && one.since() + CallRules.DEPARTED_MS <= now);
        List<Participant> departed = participants.stream()
                .filter(one -> isDeparted(one) && one.seat() != null)
                .sorted(Comparator.comparingLong(Participant::since))
                .toList();
        departed.stream()
                .limit(Math.max(0, departed.size() - CallRules.MAX_DEPARTED))
                .forEach(participants::remove);
    }

    private static boolean isDeparted(Participant one) {
        return !one.isIn() && !one.isRinging();
    }

    private void set(Participant old, Participant changed) {
        participants.set(participants.indexOf(old), changed);
    }

    private Optional<Participant> removeRow(Predicate<Participant> which) {
        Optional<Participant> found = participants.stream().filter(which).findFirst();
        found.ifPresent(participants::remove);
        return found;
    }

    /** The unchanged original if nothing has changed. */
    CallRoom build() {
        Phase phase = new Phase(activeSince, aloneSince, knownOnlyUntil, banner, ending);
        if (before == null) {
            return new CallRoom(info, 1, 1, host, participants, phase, history);
        }
        CallRoom room = new CallRoom(info, before.version(), before.revision(), host, participants, phase, history);
        if (room.equals(before)) {
            return before;
        }
        boolean shown = step > 1 || !participants.equals(before.participants()) || !host.equals(before.host());
        long revision = before.revision() + (shown ? step : 0);
        return new CallRoom(info, before.version() + step, revision, host, participants, phase, history);
    }
}
