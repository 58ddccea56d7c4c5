import assert from "node:assert/strict";
import { beforeEach, afterEach, mock, test } from "node:test";
import { Delivery } from "../../main/resources/web/client/delivery.js";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { message, seeded, settle } from "./fakes.js";

/** A server with one conversation, which says what protocol.md says. */
class Server {
  length = 0;
  calls = [];
  epoch = "e1";
  failing = 0;
  since = 0;

  request = async (type, data) => {
    this.calls.push(type);
    if (this.failing > 0) {
      this.failing--;
      throw new HongyanError({ kind: "unavailable", retryAfterMs: 100 });
    }
    return type === "sync" ? this.sync() : this.read(data);
  };

  sync() {
    const { length } = this;
    const state = { state: "member", firstSeq: 1, lastSeq: length, readSeq: 0, unread: 0 };
    const entries = this.entries(Math.max(1, length - 19), length);
    return {
      changes: length ? [{ conversation: "c", ...state, entries }] : [],
      since: String(++this.since),
      more: false,
    };
  }

  read({ after, limit }) {
    const entries = this.entries(after + 1, Math.min(after + limit, this.length));
    const through = after + entries.length;
    return { entries, from: after + 1, through, firstSeq: 1, lastSeq: this.length };
  }

  entries(from, through) {
    return Array.from({ length: Math.max(0, through - from + 1) }, (_, i) => message(from + i));
  }

  welcome() {
    return { epoch: this.epoch };
  }
}

function connected(server, random = () => 0.5) {
  const delivery = new Delivery({ request: server.request, random });
  const delivered = [];
  const restarts = [];
  delivery.on("entries", ({ snapshots }) => delivered.push(...snapshots.map(({ entry }) => entry.seq)));
  delivery.on("restart", ({ conversation, cursor }) => restarts.push([conversation, cursor]));
  return { delivery, delivered, restarts };
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

test("sync_first_startsAtTheEndOfTheLog", async () => {
  const server = new Server();
  server.length = 50;
  const { delivery, delivered, restarts } = connected(server);
  await delivery.onWelcome(server.welcome());
  assert.deepEqual(restarts, [["c", 50]]);
  assert.deepEqual(delivered, []);
  delivery.onEntry(message(51));
  assert.deepEqual(delivered, [51]);
});

test("gap_notClosedByPushes_isReadAfterHalfASecond", async () => {
  const server = new Server();
  server.length = 1;
  const { delivery, delivered } = connected(server);
  await delivery.onWelcome(server.welcome());
  server.length = 4;
  delivery.onEntry(message(4));
  mock.timers.tick(749);
  await settle();
  assert.deepEqual(server.calls, ["sync"], "a push that is late is waited for");
  mock.timers.tick(1);
  await settle();
  assert.deepEqual(server.calls, ["sync", "entries.read"]);
  assert.deepEqual(delivered, [2, 3, 4]);
});

test("gap_closedByALatePush_isNotRead", async () => {
  const server = new Server();
  server.length = 1;
  const { delivery, delivered } = connected(server);
  await delivery.onWelcome(server.welcome());
  delivery.onEntry(message(3));
  delivery.onEntry(message(2));
  mock.timers.tick(5_000);
  await settle();
  assert.deepEqual(server.calls, ["sync"]);
  assert.deepEqual(delivered, [2, 3]);
});

test("gap_afterAFailedRead_isReadAgain", async () => {
  const server = new Server();
  server.length = 1;
  const { delivery, delivered } = connected(server);
  await delivery.onWelcome(server.welcome());
  server.length = 3;
  server.failing = 2;
  delivery.onEntry(message(3));
  for (let i = 0; i < 10; i++) {
    mock.timers.tick(2_000);
    await settle();
  }
  assert.deepEqual(delivered, [2, 3]);
  assert.equal(server.calls.filter((type) => type === "entries.read").length, 3);
});

test("sync_afterAnAbsence_deliversMissedEntries", async () => {
  const server = new Server();
  server.length = 10;
  const { delivery, delivered, restarts } = connected(server);
  await delivery.onWelcome(server.welcome());
  server.length = 260;
  await delivery.onWelcome(server.welcome());
  for (let i = 0; i < 6; i++) {
    mock.timers.tick(1);
    await settle();
  }
  assert.deepEqual(
    delivered,
    Array.from({ length: 250 }, (_, i) => i + 11),
  );
  assert.equal(restarts.length, 1);
});

test("sync_emitsTheNamesOfItsChanges_beforeThem", async () => {
  const server = new Server();
  const ada = { id: "ada", displayName: "Ada" };
  const asked = [];
  server.length = 1;
  const request = async (type, data) => {
    asked.push(data);
    return { ...(await server.request(type, data)), users: [ada] };
  };
  const delivery = new Delivery({ request });
  const events = [];
  delivery.on("users", (users) => events.push(...users));
  delivery.on("change", () => events.push("change"));
  await delivery.onWelcome(server.welcome());
  assert.deepEqual(asked, [{ since: undefined, names: true }]);
  assert.deepEqual(events, [ada, "change"]);
});

test("sync_farBehind_restartsAtTheEnd", async () => {
  const server = new Server();
  server.length = 10;
  const { delivery, delivered, restarts } = connected(server);
  await delivery.onWelcome(server.welcome());
  server.length = 5_000;
  await delivery.onWelcome(server.welcome());
  assert.deepEqual(restarts, [
    ["c", 10],
    ["c", 5_000],
  ]);
  assert.deepEqual(delivered, []);
});

test("welcome_withAnotherEpoch_dropsAllCursors", async () => {
  const server = new Server();
  server.length = 10;
  const { delivery, restarts } = connected(server);
  await delivery.onWelcome(server.welcome());
  server.epoch = "e2";
  server.length = 7;
  await delivery.onWelcome(server.welcome());
  assert.deepEqual(restarts, [
    ["c", 10],
    [null, 0],
    ["c", 7],
  ]);
});

test("sync_withAShorterLog_dropsAllCursors", async () => {
  const server = new Server();
  server.length = 10;
  const { delivery, delivered, restarts } = connected(server);
  await delivery.onWelcome(server.welcome());
  server.length = 8;
  await delivery.onWelcome(server.welcome());
  assert.deepEqual(restarts, [
    ["c", 10],
    [null, 0],
    ["c", 8],
  ]);
  delivery.onEntry(message(9));
  assert.deepEqual(delivered, [9]);
});

test("sync_overtakenByAPush_keepsCursors", async () => {
  const server = new Server();
  server.length = 10;
  const { delivery, delivered, restarts } = connected(server);
  await delivery.onWelcome(server.welcome());
  const syncing = delivery.sync();
  delivery.onEntry(message(11));
  await syncing;
  assert.deepEqual(restarts, [["c", 10]]);
  assert.deepEqual(delivered, [11]);
});

test("sync_whenUnavailable_isRepeated", async () => {
  const server = new Server();
  server.failing = 1;
  const { delivery } = connected(server);
  let synced = 0;
  delivery.on("synced", () => synced++);
  await delivery.onWelcome(server.welcome());
  assert.equal(synced, 0);
  mock.timers.tick(100);
  await settle();
  assert.equal(synced, 1);
});

test("sync_duringASync_runsOnceMore", async () => {
  const server = new Server();
  const { delivery } = connected(server);
  delivery.sync();
  delivery.sync();
  delivery.sync();
  await settle();
  assert.deepEqual(server.calls, ["sync", "sync"]);
});

test("push_hasItsOwnSeqAsVersion_soThatLaterReactionsCount", async () => {
  const server = new Server();
  const { delivery } = connected(server);
  const snapshots = [];
  delivery.on("entries", (batch) => snapshots.push(...batch.snapshots));
  delivery.onEntry(message(1, { edited: { seq: 7, at: "2026-01-01T00:00:00Z" } }));
  assert.deepEqual(
    snapshots.map(({ asOf }) => asOf),
    [1],
  );
});

test("pushes_withDropsReordersAndReconnects_convergeInOrder", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed * 7919);
    const server = new Server();
    const { delivery, delivered } = connected(server, random);
    await delivery.onWelcome(server.welcome());
    delivery.track("c", 0);
    let late = [];
    for (let step = 0; step < 80; step++) {
      const seq = ++server.length;
      const fate = random();
      if (fate < 0.55) delivery.onEntry(message(seq));
      else if (fate < 0.75) late.push(seq);
      if (random() < 0.2) {
        for (const overdue of late) delivery.onEntry(message(overdue));
        late = [];
      }
      if (random() < 0.1) delivery.onWelcome(server.welcome());
      if (random() < 0.3) mock.timers.tick(Math.floor(random() * 1_500));
      await settle(1);
    }
    await delivery.onWelcome(server.welcome());
    for (let i = 0; i < 8; i++) {
      mock.timers.tick(2_000);
      await settle(3);
    }
    assert.deepEqual(
      delivered,
      Array.from({ length: 80 }, (_, i) => i + 1),
      `seed ${seed}`,
    );
  }
});
