package im.hongyan.call;

import im.hongyan.call.CallCommand.Caller;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import java.util.List;
import java.util.Set;

/**
 * The state machine of a call: a pure function of the room, the command and the time. Expired timers take effect before
 * the command.
 */
final class CallMachine {
    /**
     * @param room the new state; with the same version if nothing has changed
     * @param refusal why the command was refused; null if it was applied. A timer may have changed the room even if the
     *     command was refused
     */
    record Decision(CallRoom room, Rejection refusal) {}

    private final CallRules rules;

    CallMachine(CallRules rules) {
        this.rules = rules;
    }

    /**
     * Applies a command.
     *
     * @param room null if the conversation has no call; only for {@link CallCommand.Start} and
     *     {@link CallCommand.Restore}
     * @param expired the participants whose lease has expired
     * @param now in ms
     */
    Decision apply(CallRoom room, CallCommand command, Set<ParticipantId> expired, long now) {
        if (room == null) {
            return new Decision(create(command, now), null);
        }
        MutableCallRoom draft = new MutableCallRoom(room, rules, now);
        if (command instanceof CallCommand.RestartGrace) {
            draft.restartGrace();
        } else {
            draft.expireLeases(expired);
        }
        draft.settle();
        Rejection refusal = null;
        try {
            if (draft.isEnded()) {
                afterEnd(command);
            } else {
                perform(draft, command);
            }
        } catch (Rejection rejection) {
            refusal = rejection;
        }
        draft.settle();
        return new Decision(draft.build(), refusal);
    }

    private CallRoom create(CallCommand command, long now) {
        if (command instanceof CallCommand.Start start) {
            MutableCallRoom draft = new MutableCallRoom(start.info(), start.id(), rules, now);
            draft.join(start.caller(), start.id(), start.media());
            start.invited().forEach(user -> draft.ring(user, start.busy().contains(user)));
            draft.settleNew();
            return draft.build();
        }
        if (command instanceof CallCommand.Restore restore) {
            MutableCallRoom draft = new MutableCallRoom(restore.known(), rules, now);
            draft.restored();
            draft.settle();
            return draft.build();
        }
        throw new IllegalArgumentException("there is no call for " + command);
    }

    /** The answer to a command for a call that has ended: success if nothing is left to do, otherwise a refusal. */
    private static void afterEnd(CallCommand command) {
        boolean harmless = command instanceof CallCommand.Leave
                || command instanceof CallCommand.Decline
                || command instanceof CallCommand.ConfirmRing
                || command instanceof CallCommand.Drop
                || command instanceof CallCommand.EndSessions
                || command instanceof CallCommand.Disconnect
                || command instanceof CallCommand.LoseNode
                || command instanceof CallCommand.ReportLink
                || command instanceof CallCommand.Tick
                || command instanceof CallCommand.RestartGrace
                || command instanceof CallCommand.Restore
                || command instanceof CallCommand.Fail;
        if (!harmless) {
            throw CallErrors.ended();
        }
    }

    private void perform(MutableCallRoom draft, CallCommand command) {
        if (command instanceof CallCommand.Start start) {
            start(draft, start);
        } else if (command instanceof CallCommand.Accept accept) {
            accept(draft, accept.caller(), accept.id(), accept.media());
        } else if (command instanceof CallCommand.Join join) {
            join(draft, join.caller(), join.id(), join.media());
        } else if (command instanceof CallCommand.Resume resume) {
            resume(draft, resume);
        } else if (command instanceof CallCommand.ConfirmRing confirm) {
            draft.confirmRing(confirm.user());
        } else if (command instanceof CallCommand.Decline decline) {
            draft.decline(decline.user());
        } else if (command instanceof CallCommand.Ring ring) {
            ring(draft, ring);
        } else if (command instanceof CallCommand.Remove remove) {
            remove(draft, remove);
        } else if (command instanceof CallCommand.End end) {
            checkHost(draft, end.caller());
            draft.endByHost();
        } else if (command instanceof CallCommand.SetMedia media) {
            setMedia(draft, media);
        } else if (command instanceof CallCommand.ReportLink link) {
            report(draft, link);
        } else {
            performInternal(draft, command);
        }
    }

    /** The commands that cannot be refused. */
    private static void performInternal(MutableCallRoom draft, CallCommand command) {
        if (command instanceof CallCommand.Leave leave) {
            draft.held(leave.caller()).ifPresent(own -> draft.leave(own, CallReason.LEFT));
        } else if (command instanceof CallCommand.Drop drop) {
            draft.drop(drop.user(), drop.reason());
        } else if (command instanceof CallCommand.EndSessions ended) {
            draft.inCall()
                    .filter(one -> ended.sessions().contains(one.seat().device().session()))
                    .toList()
                    .forEach(one -> draft.leave(one, CallReason.SIGNED_OUT));
        } else if (command instanceof CallCommand.Disconnect disconnect) {
            draft.held(disconnect.caller()).ifPresent(draft::disconnect);
        } else if (command instanceof CallCommand.LoseNode lost) {
            draft.inCall()
                    .filter(one -> one.seat().device().node().equals(lost.node()))
                    .toList()
                    .forEach(draft::disconnect);
        } else if (command instanceof CallCommand.Restore restore) {
            draft.restore(restore.known(), restore.node());
        } else if (command instanceof CallCommand.Fail) {
            draft.end(CallOutcome.FAILED, CallReason.FAILED);
        }
    }

    /** Two users who call each other at the same time have one call: the second start accepts the first. */
    private void start(MutableCallRoom draft, CallCommand.Start start) {
        Caller caller = start.caller();
        CallRoom.Info info = draft.info();
        if (info.direct() && !draft.isActive()) {
            if (draft.isRinging(caller.user())) {
                accept(draft, caller, start.id(), start.media());
                return;
            }
            boolean sameDevice = draft.inCall()
                    .anyMatch(one -> one.user().equals(caller.user())
                            && one.seat()
                                    .device()
                                    .session()
                                    .equals(caller.device().session()));
            if (sameDevice) {
                // The caller reloaded the page and calls again. The new call starts once the end of this one is
                // recorded.
                draft.end(CallOutcome.CANCELLED, CallReason.REPLACED);
            }
        }
        throw CallErrors.active(info.id());
    }

    private void accept(MutableCallRoom draft, Caller caller, ParticipantId id, MediaState media) {
        if (draft.held(caller).isPresent()) {
            return;
        }
        if (draft.isIn(caller.user())) {
            throw CallErrors.answeredElsewhere();
        }
        join(draft, caller, id, media);
    }

    private void join(MutableCallRoom draft, Caller caller, ParticipantId id, MediaState media) {
        if (draft.held(caller).isPresent()) {
            return;
        }
        if (draft.replace(caller, id, media)) {
            return;
        }
        if (draft.isRemoved(caller.user())) {
            throw CallErrors.removed();
        }
        if (draft.knownOnlyForMs() > 0) {
            throw CallErrors.recovering(draft.knownOnlyForMs());
        }
        if (draft.inCall().count() >= rules.maxParticipants()) {
            throw CallErrors.full(rules.maxParticipants());
        }
        draft.join(caller, id, media);
    }

    private static void resume(MutableCallRoom draft, CallCommand.Resume resume) {
        if (draft.resume(resume.caller(), resume.id())) {
            return;
        }
        if (draft.knownOnlyForMs() > 0 && !draft.knows(resume.id())) {
            // The node that knows this participant may not have restored it yet.
            throw CallErrors.recovering(draft.knownOnlyForMs());
        }
        throw CallErrors.resumeInvalid();
    }

    private static void ring(MutableCallRoom draft, CallCommand.Ring ring) {
        own(draft, ring.caller());
        List<UserId> absent =
                ring.users().stream().filter(user -> !draft.isIn(user)).toList();
        long pause = absent.stream().mapToLong(draft::ringPauseMs).max().orElse(0);
        if (pause > 0) {
            throw CallErrors.ringRate(pause);
        }
        if (draft.ringingCount() + absent.size() > CallRules.MAX_RINGING) {
            throw CallErrors.ringRate(CallRules.RING_PAUSE_MS);
        }
        absent.forEach(user -> draft.ring(user, ring.busy().contains(user)));
    }

    private static void remove(MutableCallRoom draft, CallCommand.Remove remove) {
        checkHost(draft, remove.caller());
        Participant target = draft.inCall()
                .filter(one -> one.has(remove.target()))
                .findFirst()
                .orElseThrow(() -> CallErrors.peerUnknown("participant"));
        draft.removeByHost(target);
    }

    private static void setMedia(MutableCallRoom draft, CallCommand.SetMedia media) {
        Participant own = own(draft, media.caller());
        boolean taken = draft.inCall()
                .anyMatch(one -> one.media().screen()
                        && !one.seat().id().equals(own.seat().id()));
        if (Boolean.TRUE.equals(media.screen()) && taken) {
            throw CallErrors.screenTaken();
        }
        draft.setMedia(own, own.media().with(media.microphone(), media.camera(), media.screen(), media.hand()));
    }

    private static void report(MutableCallRoom draft, CallCommand.ReportLink link) {
        Participant own = own(draft, link.caller());
        Participant peer = draft.find(link.peer()).orElseThrow(() -> CallErrors.peerUnknown("peer"));
        draft.report(own.user(), peer.user(), link.connected());
    }

    private static Participant own(MutableCallRoom draft, Caller caller) {
        return draft.held(caller).orElseThrow(CallErrors::notJoined);
    }

    private static void checkHost(MutableCallRoom draft, Caller caller) {
        if (!own(draft, caller).has(draft.host())) {
            throw CallErrors.notHost();
        }
    }
}
