package im.hongyan.timeline;

import im.hongyan.async.KeyedRateLimiter;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Transaction;
import im.hongyan.timeline.GroupFrames.Add;
import im.hongyan.timeline.GroupFrames.Change;
import im.hongyan.timeline.GroupFrames.Create;
import im.hongyan.timeline.GroupFrames.Done;
import im.hongyan.timeline.GroupFrames.History;
import im.hongyan.timeline.GroupFrames.Leave;
import im.hongyan.timeline.GroupFrames.ListMembers;
import im.hongyan.timeline.GroupFrames.Member;
import im.hongyan.timeline.GroupFrames.MemberList;
import im.hongyan.timeline.GroupFrames.Remove;
import im.hongyan.timeline.GroupFrames.Rename;
import im.hongyan.timeline.GroupFrames.SetRole;
import im.hongyan.timeline.LogTransaction.Locked;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Groups: their members, roles and titles. Each change is an entry, stored together with the rows that it changes under
 * the conversation's lock. So two changes never interleave, and no message comes in between.
 */
public final class Groups {
    private static final int MEMBERS_PAGE = 200;
    private static final int LEAVE_BATCH = 100;
    static final EntryKind KIND = new EntryKind("group", false, true);

    private final FrameCodec codec;
    private final Timeline timeline;
    private final Conversations conversations;
    private final GroupStore store;
    private final UserDirectory users;
    private final GroupLimits limits;
    private final KeyedRateLimiter<UserId> additionsByUser;
    /** By the user who is added. */
    private final KeyedRateLimiter<ToGroup> additionsToGroup;

    private final KeyedRateLimiter<Pair> additionsByPair;

    private record ToGroup(ConversationId group, UserId user) {}

    private record Pair(UserId by, UserId user) {}

    public Groups(
            FrameCodec codec, Timeline timeline, Conversations conversations, UserDirectory users, GroupLimits limits) {
        this.codec = codec;
        this.timeline = timeline;
        this.conversations = conversations;
        this.store = timeline.groups();
        this.users = users;
        this.limits = limits;
        this.additionsByUser =
                new KeyedRateLimiter<>(limits.additionsPerUserPerHour() / 3600.0, limits.additionsPerUserPerHour());
        double perSecond = limits.additionsPerMemberPerHour() / 3600.0;
        this.additionsToGroup = new KeyedRateLimiter<>(perSecond, limits.additionsPerMemberPerHour());
        this.additionsByPair = new KeyedRateLimiter<>(perSecond, limits.additionsPerMemberPerHour());
    }

    public void register(FrameRoutes routes) {
        routes.on("group.create", Create.class, Conversations.One.class, this::create)
                .on("group.add", Add.class, Done.class, this::add)
                .on("group.remove", Remove.class, Done.class, this::remove)
                .on("group.leave", Leave.class, Done.class, (caller, leave) -> leave(caller.user(), leave))
                .on("group.rename", Rename.class, Done.class, this::rename)
                .on("group.role", SetRole.class, Done.class, this::role)
                .on("group.history", History.class, Done.class, this::history)
                .on("group.members", ListMembers.class, MemberList.class, this::members);
        timeline.kinds().register(routes, KIND, Change.class);
    }

    private Future<Conversations.One> create(Principal caller, Create create) {
        List<UserId> others = new ArrayList<>(create.members());
        others.remove(caller.user());
        if (others.size() >= GroupFrames.MAX_MEMBERS) {
            throw full();
        }
        // The id is derived from creator and client id, so that a retry finds the group.
        ConversationId group =
                new ConversationId(NewEntry.derivedId("group", caller.user().text(), create.clientId()));
        NewEntry newEntry = newEntry(
                group,
                caller.user(),
                create.clientId(),
                new Change("created", others, create.title(), null, null),
                create.title());
        return checkAdditions(group, caller.user(), others)
                .compose(none -> users.check("members", others))
                .compose(none -> create(newEntry, create, others), refusal -> answeredBefore(newEntry, refusal))
                .compose(done -> conversations.one(caller.user(), group));
    }

    private Future<Done> create(NewEntry newEntry, Create create, List<UserId> others) {
        UserId owner = newEntry.sender();
        ConversationId group = newEntry.conversation();
        return timeline.transact(group, owner, tx -> store.insert(tx.sql(), group, create.title(), others.size() + 1)
                        .compose(fresh ->
                                fresh ? insertMembers(tx.sql(), group, owner, others) : Future.<Void>succeededFuture())
                        .compose(none -> tx.appendUnchecked(newEntry)))
                .map(appended -> new Done(appended.seq()));
    }

    private Future<Done> add(Principal caller, Add add) {
        NewEntry newEntry =
                newEntry(add.conversation(), caller.user(), add.clientId(), Change.of("added", add.users()), "joined");
        return checkAdditions(add.conversation(), caller.user(), add.users())
                .compose(none -> users.check("users", add.users()))
                .compose(none -> add(newEntry, add), refusal -> answeredBefore(newEntry, refusal));
    }

    /** A retry of an accepted request gets the first answer again, even if a limit would refuse the request now. */
    private Future<Done> answeredBefore(NewEntry newEntry, Throwable refusal) {
        return timeline.transact(newEntry.conversation(), newEntry.sender(), tx -> tx.replay(newEntry))
                .compose(replayed -> replayed.isPresent()
                        ? Future.succeededFuture(new Done(replayed.get().seq()))
                        : Future.failedFuture(refusal));
    }

    private Future<Done> add(NewEntry newEntry, Add add) {
        return change(newEntry, Role.MEMBER, (tx, group) -> {
            long seq = group.lastSeq() + 1;
            return store.find(tx.sql(), add.conversation(), add.users()).compose(present -> {
                if (!present.isEmpty()) {
                    throw Rejection.conflict("member.already", present.get(0).user() + " is in the group already")
                            .at("users");
                }
                if (group.memberCount() + add.users().size() > GroupFrames.MAX_MEMBERS) {
                    throw full();
                }
                takeAdditions(newEntry.sender(), add.users());
                return store.join(tx.sql(), add.conversation(), add.users(), group.openHistory() ? 1 : seq, seq)
                        .compose(none -> checkGroupsOf(tx.sql(), newEntry.sender(), add.users(), "users"))
                        .map(none -> {
                            add.users()
                                    .forEach(user -> take(additionsToGroup, new ToGroup(add.conversation(), user), 1));
                            takePairs(newEntry.sender(), add.users());
                            return null;
                        });
            });
        });
    }

    private Future<Void> insertMembers(Transaction tx, ConversationId group, UserId owner, List<UserId> others) {
        takeAdditions(owner, others);
        List<UserId> all = new ArrayList<>(others);
        all.add(owner);
        return store.insertMembers(tx, group, owner, all)
                .compose(none -> checkOwned(tx, owner))
                .compose(none -> checkGroupsOf(tx, owner, all, "members"))
                .map(none -> {
                    takePairs(owner, others);
                    return null;
                });
    }

    /** Refuses before rows are written, because rolling back hundreds of rows is costly. Uses up no rate. */
    private Future<Void> checkAdditions(ConversationId group, UserId by, List<UserId> added) {
        long waitMs = additionsByUser.waitMs(by, Math.max(1, added.size()));
        for (UserId user : added) {
            waitMs = Math.max(waitMs, additionsByPair.waitMs(new Pair(by, user), 1));
            waitMs = Math.max(waitMs, additionsToGroup.waitMs(new ToGroup(group, user), 1));
        }
        return waitMs == 0 ? Future.succeededFuture() : Future.failedFuture(TimelineErrors.tooManyAdditions(waitMs));
    }

    /** Charged before the rows are written, because an addition that is refused later costs as much as a success. */
    private void takeAdditions(UserId by, List<UserId> added) {
        take(additionsByUser, by, Math.max(1, added.size()));
    }

    /** Charged last, so that a refused addition does not use up the limits of users who were not added. */
    private void takePairs(UserId by, List<UserId> added) {
        added.forEach(user -> take(additionsByPair, new Pair(by, user), 1));
    }

    private Future<Void> checkOwned(Transaction tx, UserId owner) {
        return store.ownsTooManyGroups(tx, owner, limits.ownedPerUser()).compose(tooMany -> {
            if (tooMany) {
                throw TimelineErrors.ownsTooMany();
            }
            return Future.succeededFuture();
        });
    }

    private Future<Void> checkGroupsOf(Transaction tx, UserId by, List<UserId> joined, String field) {
        return store.inTooManyGroups(tx, by, joined, limits).compose(found -> {
            found.ifPresent(user -> {
                throw TimelineErrors.tooManyGroups(user).at(field);
            });
            return Future.succeededFuture();
        });
    }

    private static <K> void take(KeyedRateLimiter<K> limiter, K key, int tokens) {
        long waitMs = limiter.take(key, tokens);
        if (waitMs > 0) {
            throw TimelineErrors.tooManyAdditions(waitMs);
        }
    }

    private Future<Done> remove(Principal caller, Remove remove) {
        if (remove.users().contains(caller.user())) {
            throw Rejection.field("users", "group.self", "leave the group with group.leave");
        }
        NewEntry newEntry = newEntry(
                remove.conversation(),
                caller.user(),
                remove.clientId(),
                Change.of("removed", remove.users()),
                "was removed");
        return change(newEntry, Role.ADMIN, (tx, group) -> store.find(tx.sql(), remove.conversation(), remove.users())
                .compose(present -> {
                    if (present.size() < remove.users().size()) {
                        throw Rejection.notFound("member.not_found", "not all of these are in the group")
                                .at("users");
                    }
                    for (Member member : present) {
                        if (member.role().atLeast(group.role())) {
                            throw forbidden();
                        }
                    }
                    return depart(tx, remove.conversation(), remove.users(), group.lastSeq() + 1);
                }));
    }

    Future<Done> leave(UserId user, Leave leave) {
        NewEntry newEntry =
                newEntry(leave.conversation(), user, leave.clientId(), Change.of("left", List.of(user)), "left");
        // A member who may not speak may still leave.
        return change(
                newEntry,
                Role.MEMBER,
                (tx, group) -> handOverIfOwner(tx, group, user, leave)
                        .compose(appended ->
                                depart(tx, leave.conversation(), List.of(user), group.lastSeq() + 1 + appended)),
                LogTransaction::appendUnchecked);
    }

    /** @param seq the entry that says so, the last one that the users may see */
    private Future<Void> depart(LogTransaction tx, ConversationId group, List<UserId> users, long seq) {
        tx.left(group, users, seq);
        return store.depart(tx.sql(), group, users, seq);
    }

    /** Removes a user from all groups, as when the account is deleted. Running it again continues where it stopped. */
    public Future<Void> leaveAll(UserId user) {
        return store.groupsOf(user, LEAVE_BATCH).compose(some -> {
            Future<?> left = Future.succeededFuture();
            for (ConversationId group : some) {
                left = left.compose(none -> leave(user, new Leave(group, null)));
            }
            return left.compose(none -> some.size() < LEAVE_BATCH ? Future.succeededFuture() : leaveAll(user));
        });
    }

    /**
     * So that a group always has an owner, the admin who joined first takes over, or else the member who joined first.
     */
    private Future<Integer> handOverIfOwner(LogTransaction tx, Locked group, UserId user, Leave leave) {
        if (group.role() != Role.OWNER || group.memberCount() <= 1) {
            return Future.succeededFuture(0);
        }
        return store.successor(tx.sql(), leave.conversation(), user).compose(heir -> {
            Change change = new Change("role", List.of(heir), null, Role.OWNER, null);
            NewEntry newEntry = newEntry(
                    leave.conversation(),
                    user,
                    derivedClientId(leave.clientId(), "successor"),
                    change,
                    "owns the group now");
            return store.role(tx.sql(), leave.conversation(), heir, Role.OWNER)
                    .compose(none -> tx.appendUnchecked(newEntry))
                    .map(1);
        });
    }

    private Future<Done> rename(Principal caller, Rename rename) {
        Change change = new Change("renamed", null, rename.title(), null, null);
        NewEntry newEntry = newEntry(rename.conversation(), caller.user(), rename.clientId(), change, rename.title());
        return change(
                newEntry, Role.ADMIN, (tx, group) -> store.rename(tx.sql(), rename.conversation(), rename.title()));
    }

    private Future<Done> history(Principal caller, History history) {
        Change change = new Change("history", null, null, null, history.open());
        NewEntry newEntry = newEntry(
                history.conversation(),
                caller.user(),
                history.clientId(),
                change,
                history.open() ? "opened the history to those who join" : "closed the history to those who join");
        return change(
                newEntry, Role.ADMIN, (tx, group) -> store.history(tx.sql(), history.conversation(), history.open()));
    }

    private Future<Done> role(Principal caller, SetRole set) {
        if (set.user().equals(caller.user())) {
            throw Rejection.field("user", "group.self", "the owner hands over by making another member the owner");
        }
        Change change = new Change("role", List.of(set.user()), null, set.role(), null);
        NewEntry newEntry = newEntry(
                set.conversation(),
                caller.user(),
                set.clientId(),
                change,
                "is " + set.role().text() + " now");
        return change(newEntry, Role.OWNER, (tx, group) -> store.find(tx.sql(), set.conversation(), List.of(set.user()))
                .compose(present -> {
                    if (present.isEmpty()) {
                        throw Rejection.notFound("member.not_found", "this user is not in the group")
                                .at("user");
                    }
                    Future<Void> stepDown = set.role() == Role.OWNER
                            ? store.role(tx.sql(), set.conversation(), caller.user(), Role.ADMIN)
                            : Future.succeededFuture();
                    return stepDown.compose(none -> store.role(tx.sql(), set.conversation(), set.user(), set.role()))
                            .compose(none -> set.role() == Role.OWNER
                                    ? checkOwned(tx.sql(), set.user())
                                    : Future.<Void>succeededFuture());
                }));
    }

    private Future<MemberList> members(Principal caller, ListMembers list) {
        return store.members(list.conversation(), caller.user(), list.cursor(), MEMBERS_PAGE);
    }

    /** Makes a change for a member who may speak. */
    private Future<Done> change(NewEntry newEntry, Role needed, BiFunction<LogTransaction, Locked, Future<Void>> rows) {
        return change(newEntry, needed, rows, LogTransaction::append);
    }

    /**
     * Makes a change in this order: locks the log, answers a retry, checks the role, changes the rows, appends the
     * entry.
     *
     * @param append appends the entry; a rejection rolls the rows back
     */
    private Future<Done> change(
            NewEntry newEntry,
            Role needed,
            BiFunction<LogTransaction, Locked, Future<Void>> rows,
            BiFunction<LogTransaction, NewEntry, Future<Appended>> append) {
        return timeline.transact(newEntry.conversation(), newEntry.sender(), tx -> tx.lock(
                        newEntry.conversation(), newEntry.sender())
                .compose(group -> tx.replay(newEntry).compose(replayed -> {
                    if (replayed.isPresent()) {
                        return Future.succeededFuture(new Done(replayed.get().seq()));
                    }
                    check(group, needed);
                    return rows.apply(tx, group)
                            .compose(none -> append.apply(tx, newEntry))
                            .map(appended -> new Done(appended.seq()));
                })));
    }

    private static void check(Locked group, Role needed) {
        if (group.role() == Role.NONE) {
            throw TimelineErrors.notMember();
        }
        if (group.kind() != ConversationKind.GROUP) {
            throw Rejection.invalid("conversation.not_group", "a direct conversation has no members to change")
                    .at("conversation");
        }
        if (!group.role().atLeast(needed)) {
            throw forbidden();
        }
    }

    private NewEntry newEntry(ConversationId group, UserId sender, String clientId, Change change, String summary) {
        return new NewEntry(group, sender, clientId, KIND, codec.json(change), summary, null);
    }

    private static Rejection forbidden() {
        return Rejection.forbidden("group.role", "your role in this group does not allow that");
    }

    private static Rejection full() {
        return Rejection.conflict("group.full", "a group has at most " + GroupFrames.MAX_MEMBERS + " members");
    }

    private static String derivedClientId(String clientId, String purpose) {
        return Id.Text.encode(NewEntry.derivedId(purpose, clientId));
    }
}
