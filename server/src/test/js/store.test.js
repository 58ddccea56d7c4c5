import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Conversation } from "../../main/resources/web/store/conversation.js";
import { LogWindow } from "../../main/resources/web/store/log.js";
import { timelineRows } from "../../main/resources/web/views/timeline-rows.js";
import { Registry } from "../../main/resources/web/registry.js";
import { Store } from "../../main/resources/web/store/store.js";
import { FakeClient, message, settle } from "./fakes.js";

const live = (entry) => ({ entry, asOf: entry.seq });
const entry = (seq, kind, content, sender = "bob") => live(message(seq, { kind, content, sender, counts: undefined }));
const said = (seq, sender = "bob", fields = {}) => live(message(seq, { sender, ...fields }));
const page = (entries, from, through, lastSeq) => ({ entries, from, through, firstSeq: 1, lastSeq });

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 0, 1, 13) }));
afterEach(() => mock.timers.reset());

test("append_ofARecall_removesTheText", () => {
  const log = new LogWindow(0, "me");
  log.append([said(1), entry(2, "recall", { seq: 1 }, "admin")]);
  assert.equal(log.items.length, 1);
  assert.deepEqual(log.items[0].entry.content, {});
  assert.equal(log.items[0].recalledBy, "admin");
});

test("append_ofAnEdit_keepsReplyTo", () => {
  const log = new LogWindow(0, "me");
  log.append([said(1), said(2, "bob", { content: { type: "text", text: "a", replyTo: 1 } })]);
  log.append([entry(3, "edit", { seq: 2, content: { type: "text", text: "b" } })]);
  assert.deepEqual(log.find(2).entry.content, { type: "text", text: "b", replyTo: 1 });
  assert.equal(log.find(2).entry.edited.seq, 3);
});

test("append_ofAnEditWithoutText_returnsTheSeqToRead", () => {
  const log = new LogWindow(0, "me");
  assert.deepEqual(log.append([said(1), entry(2, "edit", { seq: 1 })]), [1]);
});

test("append_ofReactions_sumsThem", () => {
  const log = new LogWindow(0, "me");
  log.append([said(1)]);
  log.append([
    entry(2, "reaction", { seq: 1, emoji: "👍" }, "bob"),
    entry(3, "reaction", { seq: 1, emoji: "👍" }, "me"),
    entry(4, "reaction", { seq: 1, emoji: "👍", remove: true }, "bob"),
    entry(5, "reaction", { seq: 1, emoji: "🎉" }, "eve"),
    entry(6, "reaction", { seq: 1, emoji: "🎉", remove: true }, "eve"),
  ]);
  assert.deepEqual(log.find(1).entry.reactions, [{ emoji: "👍", count: 1, mine: true }]);
});

test("append_ofReactionsInTwoForms_sumsThemAsOne", () => {
  const log = new LogWindow(0, "me");
  log.append([said(1)]);
  log.append([
    entry(2, "reaction", { seq: 1, emoji: "❤" }, "bob"),
    entry(3, "reaction", { seq: 1, emoji: "❤️" }, "me"),
  ]);
  assert.deepEqual(log.find(1).entry.reactions, [{ emoji: "❤️", count: 2, mine: true }]);
});

test("prependAndReplace_ofReactionsInTwoForms_sumThemAsOne", () => {
  const reactions = [
    { emoji: "❤", count: 1, mine: false },
    { emoji: "👍", count: 1, mine: false },
    { emoji: "❤️", count: 2, mine: true },
  ];
  const sums = [
    { emoji: "❤️", count: 3, mine: true },
    { emoji: "👍", count: 1, mine: false },
  ];
  const log = new LogWindow(4, "me");
  log.prepend(page([message(1, { reactions })], 1, 4, 4));
  assert.deepEqual(log.find(1).entry.reactions, sums);
  log.replace(message(1, { reactions, edited: { seq: 3 } }), 5);
  assert.deepEqual(log.find(1).entry.reactions, sums);
});

test("append_ofIncludedReactions_changesNothing", () => {
  const log = new LogWindow(4, "me");
  log.prepend(page([message(1, { reactions: [{ emoji: "👍", count: 1, mine: false }] })], 1, 4, 6));
  log.append([entry(5, "reaction", { seq: 1, emoji: "👍" }), entry(6, "reaction", { seq: 1, emoji: "❤️" })]);
  assert.deepEqual(log.find(1).entry.reactions, [{ emoji: "👍", count: 1, mine: false }]);
});

test("append_ofReactionsAfterTheSums_appliesThem", () => {
  const log = new LogWindow(4, "me");
  const sums = [{ emoji: "👍", count: 1, mine: false }];
  // The log ended at 4 at the time of the request, and the entry already had one more reaction when it was read.
  log.prepend(page([message(1), message(2, { reactedSeq: 5, reactions: sums })], 1, 4, 4));
  const unclear = log.append([
    entry(5, "reaction", { seq: 2, emoji: "👍" }, "bob"),
    entry(6, "reaction", { seq: 2, emoji: "👍" }, "me"),
    entry(7, "reaction", { seq: 1, emoji: "🎉" }, "eve"),
  ]);
  assert.deepEqual(unclear, []);
  assert.deepEqual(log.find(2).entry.reactions, [{ emoji: "👍", count: 2, mine: true }]);
  assert.equal(log.find(2).entry.reactedSeq, 6);
  assert.deepEqual(log.find(1).entry.reactions, [{ emoji: "🎉", count: 1, mine: false }]);
});

test("append_ofAnIncludedRemoval_changesNothing", () => {
  const log = new LogWindow(4, "me");
  log.prepend(page([message(1, { reactedSeq: 6 })], 1, 4, 4));
  log.append([
    entry(5, "reaction", { seq: 1, emoji: "👍" }, "bob"),
    entry(6, "reaction", { seq: 1, emoji: "👍", remove: true }, "bob"),
  ]);
  assert.deepEqual(log.find(1).entry.reactions ?? [], []);
});

test("replace_withAnOlderState_isIgnored", () => {
  const log = new LogWindow(0, "me");
  log.append([said(1), entry(2, "reaction", { seq: 1, emoji: "👍" })]);
  assert.equal(log.replace(message(1), 1), false);
  assert.equal(log.find(1).entry.reactions[0].count, 1);
  assert.equal(log.replace(message(1, { reactedSeq: 3 }), 3), true);
  assert.equal(log.find(1).entry.reactions, undefined);
});

test("prepend_joinsPages_andFindsTheBeginning", () => {
  const log = new LogWindow(100, "me");
  log.prepend(page([message(60), message(80)], 51, 100, 100));
  assert.equal(log.from, 51);
  assert.equal(log.complete, false);
  log.prepend(page([message(3)], 1, 50, 100));
  assert.deepEqual(
    log.items.map(({ entry: { seq } }) => seq),
    [3, 60, 80],
  );
  assert.equal(log.complete, true);
});

test("trim_dropsEntriesThatCanBeReadAgain", () => {
  const log = new LogWindow(0, "me");
  log.append(Array.from({ length: 10 }, (_, i) => said(i + 1)));
  log.trim(4);
  assert.equal(log.from, 7);
  log.prepend(
    page(
      [5, 6].map((seq) => message(seq)),
      5,
      6,
      10,
    ),
  );
  assert.deepEqual(
    log.items.map(({ entry: { seq } }) => seq),
    [5, 6, 7, 8, 9, 10],
  );
});

const info = { id: "c", kind: "group", title: "T", memberCount: 3, role: "member", lastSeq: 0, readSeq: 0, unread: 0 };

function group(fields = {}) {
  const conversation = new Conversation("c", "me", fields.lastSeq ?? 0);
  conversation.applyInfo({ ...info, ...fields });
  return conversation;
}

test("unread_countsMessagesOfOthersWithoutRecalledOnes", () => {
  const conversation = group();
  conversation.append([said(1), said(2, "me"), entry(3, "group", { change: "renamed", title: "X" }), said(4), said(5)]);
  assert.equal(conversation.unread, 3);
  conversation.append([entry(6, "recall", { seq: 5 })]);
  assert.equal(conversation.unread, 2);
  conversation.read(6);
  assert.equal(conversation.unread, 0);
});

test("unread_includesEveryKindThatCounts", () => {
  const conversation = group();
  const poll = (seq, fields) => said(seq, "bob", { kind: "poll", summary: "Poll", ...fields });
  conversation.append([poll(1), poll(2, { counts: undefined }), poll(3, { sender: "me" })]);
  assert.equal(conversation.unread, 1);
});

test("unread_afterABatchWithARecall_countsEachOnce", () => {
  const conversation = group();
  conversation.append([said(1), said(2), entry(3, "recall", { seq: 2 }), said(4), said(5)]);
  assert.equal(conversation.unread, 3);
});

test("unread_afterARecallInAPartialLog_needsARecount", () => {
  const conversation = new Conversation("c", "me", 2);
  const recall = entry(5, "recall", { seq: 4 });
  conversation.append([said(3), said(4), recall]);
  assert.equal(conversation.needsRecount([recall]), true);
  assert.equal(conversation.applyInfo({ ...info, lastSeq: 4, unread: 4 }), false);
  assert.equal(conversation.applyInfo({ ...info, lastSeq: 5, unread: 3 }), true);
  assert.equal(conversation.unread, 3);
});

test("unread_ofAPushIncludedInTheList_isNotCountedTwice", () => {
  const conversation = group({ lastSeq: 7, unread: 3 });
  conversation.append([said(7)]);
  assert.equal(conversation.unread, 3);
  conversation.append([said(8)]);
  assert.equal(conversation.unread, 4);
});

test("read_onAnotherDevice_movesTheReadMark", () => {
  const conversation = group({ lastSeq: 10, unread: 5, readSeq: 5 });
  assert.equal(conversation.read(8), true);
  assert.equal(conversation.unread, 2);
  assert.equal(conversation.read(7), false);
});

test("read_ofOwnEntriesOnly_isNotSent", () => {
  const conversation = group();
  conversation.append([said(1)]);
  assert.equal(conversation.read(1), true);
  conversation.append([said(2, "me")]);
  assert.equal(conversation.read(2), false);
  assert.equal(conversation.readSeq, 2);
});

test("last_recalledBeforeItsHistoryIsLoaded_hasNoText", () => {
  const conversation = group({ lastSeq: 9, last: message(9), unread: 1 });
  const recall = entry(10, "recall", { seq: 9 });
  conversation.append([recall]);
  assert.equal(conversation.last.recalled, true);
  assert.deepEqual(conversation.last.content, {});
  assert.equal(conversation.needsRecount([recall]), true);
});

test("mentioned_isSetUntilRead", () => {
  const conversation = group();
  conversation.append([said(1, "bob", { content: { type: "text", text: "@me", mentions: ["me"] } })]);
  assert.equal(conversation.mentioned, true);
  conversation.read(1);
  assert.equal(conversation.mentioned, false);
});

test("groupChanges_updateTheInfo", () => {
  const conversation = group({ role: "owner" });
  conversation.append([
    entry(1, "group", { change: "added", users: ["x", "y"] }, "me"),
    entry(2, "group", { change: "left", users: ["y"] }, "y"),
    entry(3, "group", { change: "renamed", title: "New" }, "me"),
    entry(4, "group", { change: "role", users: ["x"], role: "owner" }, "me"),
  ]);
  assert.equal(conversation.info.memberCount, 4);
  assert.equal(conversation.info.title, "New");
  assert.equal(conversation.info.role, "admin");
  conversation.append([entry(5, "group", { change: "removed", users: ["me"] }, "x")]);
  assert.equal(conversation.state, "left");
  assert.equal(conversation.canManage, false);
});

const sameDay = (a, b) => a.slice(0, 10) === b.slice(0, 10);
const rowsOf = (fields) => timelineRows({ items: [], waiting: [], me: "me", unreadAfter: null, sameDay, ...fields });

test("rows_groupMessagesOfOneSenderWithinMinutes", () => {
  const late = message(3, { at: "2026-01-01T12:30:00Z" });
  const rows = rowsOf({ items: [said(1), said(2), live(late)] });
  assert.deepEqual(
    rows.map(({ type, first, last }) => [type, first, last]),
    [
      ["day", undefined, undefined],
      ["message", true, false],
      ["message", false, true],
      ["message", true, true],
    ],
  );
});

test("rows_ofAMessageWithEdits_haveTheNewestThatIsNotInTheEntry", () => {
  const edit = (text, fields) => ({ clientId: text, conversation: "c", content: { type: "text", text }, ...fields });
  const edits = [edit("a", { edits: 2, seq: 4 }), edit("b", { edits: 2, seq: 5 }), edit("c", { edits: 1 })];
  const shown = (edited) =>
    rowsOf({ items: [said(1, "me"), said(2, "me", { edited })], edits })
      .filter(({ type }) => type === "message")
      .map((row) => row.edit?.content.text);
  assert.deepEqual(shown(undefined), ["c", "b"]);
  assert.deepEqual(shown({ seq: 4 }), ["c", "b"]);
  assert.deepEqual(shown({ seq: 5 }), ["c", undefined], "included");
  assert.deepEqual(shown({ seq: 9 }), ["c", undefined], "overwritten by another device");
});

test("rows_ofAWaitingMessageAndItsEntry_haveTheSameKey", () => {
  const waiting = [
    { clientId: "x", conversation: "c", content: { type: "text", text: "hi" }, at: "2026-01-01T12:00:09Z" },
  ];
  const before = rowsOf({ waiting });
  const after = rowsOf({ waiting, items: [said(1, "me", { clientId: "x" })] });
  assert.deepEqual(
    before.map(({ key }) => key),
    after.map(({ key }) => key),
  );
  assert.equal(before.at(-1).waiting.clientId, "x");
  assert.equal(after.at(-1).waiting, null);
});

test("rows_haveTheDividerBeforeTheFirstUnread", () => {
  const rows = rowsOf({ items: [said(1), said(2, "me"), said(3)], unreadAfter: 1 });
  assert.deepEqual(
    rows.map(({ type }) => type),
    ["day", "message", "message", "unread", "message"],
  );
});

test("rows_haveADayHeadingPerDay", () => {
  const rows = rowsOf({ items: [said(1), live(message(2, { at: "2026-01-02T09:00:00Z" }))] });
  assert.deepEqual(
    rows.map(({ type }) => type),
    ["day", "message", "day", "message"],
  );
});

test("groupChanges_afterRemoval_clearTheMemberCount", () => {
  const conversation = group();
  conversation.append([entry(1, "group", { change: "removed", users: ["me"] })]);
  assert.equal(conversation.state, "left");
  assert.equal(conversation.info.memberCount, undefined);
  assert.equal(conversation.info.title, "T");
});

test("rows_ofOtherKinds_areBubblesOrNotes", () => {
  const items = [
    live(message(1, { kind: "poll", summary: "Poll" })),
    live(message(2, { kind: "vote", summary: "Vote" })),
  ];
  const types = (fields) => rowsOf({ items, ...fields }).map(({ type }) => type);
  assert.deepEqual(types({}), ["day", "note", "note"]);
  assert.deepEqual(types({ isBubble: ({ kind }) => kind === "poll" }), ["day", "message", "note"]);
});

test("rows_insertNotesByTime_butNotBeforeTheLoadedHistory", () => {
  const extra = (second) => ({ key: `n${second}`, at: message(second).at, deps: [], make: () => null });
  const items = [said(2), said(4), said(6)];
  const rows = rowsOf({ items, notes: [extra(1), extra(3), extra(7)] });
  assert.deepEqual(
    rows.map(({ type, key }) => (type === "extra" ? key : type)),
    ["day", "message", "n3", "message", "message", "n7"],
  );
});

/** A store after its first sync, with a conversation of this kind that has a message of the user. */
async function synced(kind) {
  const client = new FakeClient();
  client.delivery = { track() {} };
  const store = new Store(client, new Registry());
  const info = { id: "c", kind, peer: kind === "direct" ? "bob" : undefined, role: "member", lastSeq: 1, readSeq: 1 };
  client.answers["conversation.open"] = { conversation: { ...info, unread: 0, peerReadSeq: 0, lastSeq: 0 } };
  client.answers["conversation.get"] = { conversation: { ...info, unread: 0, peerReadSeq: 1 } };
  client.answers["read.by"] = { readers: [{ user: "bob", seq: 1 }] };
  client.answers["presence.watch"] = { presence: [] };
  client.answers["users.get"] = { users: [{ id: "bob" }, { id: "eve" }, { id: "me" }] };
  await store.openDirect("bob");
  client.emit("entries", { conversation: "c", snapshots: [said(1, "me")] });
  client.emit("synced", null);
  await settle();
  return { client, store };
}

for (const [kind, asked] of [
  ["direct", "conversation.get"],
  ["group", "read.by"],
]) {
  test(`readMarks_of_${kind}_afterALaterSync_areReadAgainWhenShown`, async () => {
    const { client, store } = await synced(kind);
    store.view("c");
    await settle();
    assert.equal(client.count(asked), 0, "the first sync brought them");
    assert.equal(store.conversations.get("c").readers(1), 0);

    client.emit("synced", null);
    await settle();
    assert.equal(client.count(asked), 1);
    assert.equal(store.conversations.get("c").readers(1), 1);

    store.view(null);
    client.emit("synced", null);
    await settle();
    assert.equal(client.count(asked), 1, "not on the screen");
    store.view("c");
    store.view("c");
    assert.equal(client.count(asked), 2);
  });
}

test("view_watchesTheUsersWhomTheEntriesName", async () => {
  const { client, store } = await synced("group");
  const mentions = { content: { type: "text", text: "@Eve", mentions: ["eve"] } };
  client.emit("entries", { conversation: "c", snapshots: [said(2, "bob", mentions)] });
  store.view("c");
  await settle();
  const [, { users }] = client.asked.filter(([type]) => type === "presence.watch").at(-1);
  assert.deepEqual([...users].sort(), ["bob", "eve"]);
});

test("loadOlder_whenPagesHaveNoMessages_readsOn", async () => {
  const { client, store } = await synced("group");
  client.emit("restart", { conversation: "c", cursor: 9_000 });
  const asked = [];
  client.history = async (_, before) => {
    asked.push(before);
    const from = Math.max(1, before - 2_000);
    const entries = from <= 3_500 && before > 3_500 ? [message(3_500)] : [];
    return { entries, from, through: before - 1, firstSeq: 1, lastSeq: 9_000 };
  };
  await store.loadOlder("c");
  assert.deepEqual(asked, [9_001, 7_001, 5_001]);
  await store.loadOlder("c");
  assert.deepEqual(asked, [9_001, 7_001, 5_001, 3_001, 1_001]);
  assert.equal(store.conversations.get("c").log.complete, true);
});

test("restart_ofAConversation_dropsItsQuotedEntries", async () => {
  const { client, store } = await synced("group");
  client.answers["entries.read"] = { entries: [message(9)], lastSeq: 9 };
  store.quoted("c", 9);
  await settle();
  assert.equal(store.quoted("c", 9).seq, 9);
  client.emit("restart", { conversation: "c", cursor: 20 });
  assert.equal(store.quoted("c", 9), undefined, "it may have been recalled meanwhile");
});
