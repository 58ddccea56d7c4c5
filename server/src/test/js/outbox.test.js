import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { Outbox } from "../../main/resources/web/client/outbox.js";
import { SafeStorage } from "../../main/resources/web/client/storage.js";
import { FakeStorage, settle } from "./fakes.js";

const write = (outbox, text, conversation = "c") => outbox.add({ conversation, content: { type: "text", text } });

/** Answers with a queue of errors, then success; stores messages by client id. */
class Server {
  stored = new Map();
  attempts = [];
  errors = [];

  send = async (item) => {
    this.attempts.push(item.content.text);
    const error = this.errors.shift();
    if (error?.stores || !error) this.stored.set(item.clientId, item.content.text);
    if (error) throw new HongyanError(error);
    return { seq: [...this.stored.keys()].indexOf(item.clientId) + 1, at: "2026-01-01T00:00:00Z" };
  };

  get texts() {
    return [...this.stored.values()];
  }
}

function opened(server, storage = new FakeStorage()) {
  const outbox = new Outbox({ storage, user: "u", send: server.send, random: () => 0.5 });
  outbox.open();
  return outbox;
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

test("add_whileOpen_sendsAndLeavesStorage", async () => {
  const server = new Server();
  const storage = new FakeStorage();
  const outbox = opened(server, storage);
  const item = write(outbox, "one");
  assert.equal(storage.length, 1);
  await settle();
  assert.deepEqual(server.texts, ["one"]);
  assert.equal(storage.length, 0);
  assert.equal(outbox.of("c")[0].state, "sent", "shown until the log has it");
  outbox.delivered(item.clientId);
  assert.deepEqual(outbox.of("c"), []);
});

test("add_whileClosed_sendsInOrderWhenOpened", async () => {
  const server = new Server();
  const outbox = opened(server);
  outbox.close();
  for (const text of ["one", "two", "three"]) write(outbox, text);
  await settle();
  assert.deepEqual(server.attempts, []);
  assert.equal(outbox.size, 3);
  outbox.open();
  await settle();
  assert.deepEqual(server.texts, ["one", "two", "three"]);
});

test("send_whenUnavailable_waitsForTheGivenDelay_andKeepsTheOrder", async () => {
  const server = new Server();
  server.errors = [{ kind: "unavailable", retryAfterMs: 700 }];
  const outbox = opened(server);
  write(outbox, "one");
  write(outbox, "two");
  await settle();
  mock.timers.tick(699);
  await settle();
  assert.deepEqual(server.attempts, ["one"]);
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(server.attempts, ["one", "one", "two"]);
});

test("send_whenLimited_blocksOnlyItsConversation", async () => {
  const server = new Server();
  server.errors = [{ kind: "limited", retryAfterMs: 60_000 }];
  const outbox = opened(server);
  write(outbox, "slow", "a");
  write(outbox, "quick", "b");
  await settle();
  assert.deepEqual(server.texts, ["quick"]);
});

test("send_whenRefused_failsAlone_andCanBeRetried", async () => {
  const server = new Server();
  server.errors = [{ kind: "forbidden", reason: "blocked", message: "no" }];
  const outbox = opened(server);
  const refused = write(outbox, "one");
  write(outbox, "two");
  await settle();
  assert.deepEqual(server.texts, ["two"]);
  const [failed] = outbox.of("c");
  assert.equal(failed.state, "failed");
  assert.equal(failed.error.reason, "blocked");
  outbox.retry(refused.clientId);
  await settle();
  assert.deepEqual(server.texts, ["two", "one"]);
});

test("send_afterALostAnswer_isStoredOnce", async () => {
  const server = new Server();
  server.errors = [{ kind: "disconnected", stores: true }];
  const outbox = opened(server);
  write(outbox, "one");
  write(outbox, "two");
  await settle();
  assert.deepEqual(server.attempts, ["one"], "nothing more is sent on a socket that is gone");
  outbox.open();
  await settle();
  assert.deepEqual(server.attempts, ["one", "one", "two"]);
  assert.deepEqual(server.texts, ["one", "two"]);
});

test("send_thatClosesTheSocket_fails", async () => {
  const server = new Server();
  server.errors = [{ kind: "disconnected", reason: "closed.1009" }];
  const outbox = opened(server);
  write(outbox, "too large");
  await settle();
  assert.equal(outbox.of("c")[0].state, "failed");
});

test("send_withInternalErrors_isTriedThreeTimes", async () => {
  const server = new Server();
  server.errors = Array(3).fill({ kind: "internal", reason: "internal" });
  const outbox = opened(server);
  write(outbox, "one");
  for (let i = 0; i < 5; i++) {
    await settle();
    mock.timers.tick(60_000);
  }
  assert.equal(server.attempts.length, 3);
  assert.equal(outbox.of("c")[0].state, "failed");
});

test("reload_whileWaiting_losesAndDuplicatesNothing", async () => {
  const server = new Server();
  const storage = new FakeStorage();
  const before = opened(server, storage);
  before.close();
  const first = write(before, "one");
  write(before, "two");
  const after = new Outbox({ storage, user: "u", send: server.send });
  assert.deepEqual(
    after.of("c").map(({ content }) => content.text),
    ["one", "two"],
  );
  assert.equal(after.of("c")[0].clientId, first.clientId);
  after.open();
  await settle();
  assert.deepEqual(server.texts, ["one", "two"]);
  assert.equal(storage.length, 0);
});

test("reload_asAnotherUser_showsNoMessagesOfTheFirst", () => {
  const storage = new FakeStorage();
  const outbox = opened(new Server(), storage);
  outbox.close();
  write(outbox, "mine");
  assert.deepEqual(new Outbox({ storage, user: "other", send: new Server().send }).of("c"), []);
});

test("twoTabs_withTheSameMessage_storeItOnce", async () => {
  const server = new Server();
  const storage = new FakeStorage();
  const one = opened(server, storage);
  one.close();
  write(one, "hello");
  const two = new Outbox({ storage, user: "u", send: server.send });
  one.open();
  two.open();
  await settle();
  assert.deepEqual(server.texts, ["hello"]);
});

test("discard_inAnotherTab_removesTheMessage", async () => {
  const server = new Server();
  const storage = new FakeStorage();
  const one = opened(server, storage);
  one.close();
  const item = write(one, "regretted");
  const two = new Outbox({ storage, user: "u", send: server.send });
  one.discard(item.clientId);
  two.onStorage(two.prefix + item.clientId, null);
  two.open();
  await settle();
  assert.deepEqual(server.texts, []);
});

test("add_withFullStorage_isSent", async () => {
  const server = new Server();
  const browser = new FakeStorage();
  browser.full = true;
  write(opened(server, SafeStorage.of(browser)), "one");
  await settle();
  assert.deepEqual(server.texts, ["one"]);
});

test("retry_afterAnIdConflict_usesAnotherId", async () => {
  const server = new Server();
  server.errors = [{ kind: "conflict", reason: "client_id.reused" }];
  const outbox = opened(server);
  const item = write(outbox, "one");
  await settle();
  outbox.retry(item.clientId);
  await settle();
  assert.deepEqual(server.texts, ["one"]);
  assert.equal(server.stored.has(item.clientId), false);
});

const edit = (outbox, seq, text, conversation = "c") =>
  outbox.add({ conversation, content: { type: "text", text }, edits: seq });

test("edit_whileClosed_isNoMessage_andIsSentInTheOrderOfWriting", async () => {
  const server = new Server();
  const storage = new FakeStorage();
  const before = opened(server, storage);
  before.close();
  write(before, "one");
  edit(before, 7, "edited");
  write(before, "two");
  const after = new Outbox({ storage, user: "u", send: server.send });
  assert.equal(after.size, 3);
  assert.deepEqual(
    after.of("c").map(({ content }) => content.text),
    ["one", "two"],
  );
  assert.deepEqual(
    after.editsOf("c").map(({ edits, content, state }) => [edits, content.text, state]),
    [[7, "edited", "queued"]],
  );
  after.open();
  await settle();
  assert.deepEqual(server.texts, ["one", "edited", "two"]);
  assert.equal(storage.length, 0);
  const [sent] = after.editsOf("c");
  assert.deepEqual([sent.state, sent.seq], ["sent", 2], "shown until the log has it");
  after.delivered(sent.clientId);
  assert.deepEqual(after.editsOf("c"), []);
});

test("edit_whenRefused_stays_untilItIsWrittenAgain", async () => {
  const server = new Server();
  server.errors = [{ kind: "forbidden", reason: "message.too_old" }];
  const storage = new FakeStorage();
  const outbox = opened(server, storage);
  edit(outbox, 7, "first");
  await settle();
  assert.equal(outbox.editsOf("c")[0].state, "failed");
  edit(outbox, 8, "of another message");
  assert.equal(outbox.editsOf("c").length, 2);
  edit(outbox, 7, "second");
  await settle();
  assert.deepEqual(
    outbox.editsOf("c").map(({ content, state }) => [content.text, state]),
    [
      ["of another message", "sent"],
      ["second", "sent"],
    ],
  );
  assert.equal(storage.length, 0);
});

test("edit_thatFailsAfterANewerOneWasWritten_isDropped", async () => {
  const server = new Server();
  server.errors = [{ kind: "invalid", reason: "text.length" }];
  const outbox = opened(server);
  edit(outbox, 7, "first");
  edit(outbox, 7, "second");
  await settle();
  assert.deepEqual(
    outbox.editsOf("c").map(({ content }) => content.text),
    ["second"],
  );
});

test("edit_ofARecalledMessage_isDiscarded", async () => {
  const server = new Server();
  server.errors = [{ kind: "conflict", reason: "message.recalled" }];
  const storage = new FakeStorage();
  const outbox = opened(server, storage);
  edit(outbox, 7, "refused");
  await settle();
  assert.deepEqual(outbox.editsOf("c"), []);

  outbox.close();
  edit(outbox, 7, "waiting");
  edit(outbox, 8, "kept");
  edit(outbox, 7, "in another conversation", "d");
  outbox.recalled("c", 7);
  assert.deepEqual(
    [...outbox.editsOf("c"), ...outbox.editsOf("d")].map(({ content }) => content.text),
    ["kept", "in another conversation"],
  );
  assert.equal(storage.length, 2);
});

test("retry_ofAnEditAfterAnIdConflict_isStillAnEdit", async () => {
  const server = new Server();
  server.errors = [{ kind: "conflict", reason: "client_id.reused" }];
  const outbox = opened(server);
  const item = edit(outbox, 7, "edited");
  await settle();
  outbox.retry(item.clientId);
  await settle();
  assert.deepEqual(
    outbox.editsOf("c").map(({ edits, state }) => [edits, state]),
    [[7, "sent"]],
  );
});
