import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Connection } from "../../main/resources/web/client/connection.js";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { settle } from "./fakes.js";

/** A socket whose other end is the test. */
class FakeSocket {
  static opened = [];
  sent = [];
  closed = false;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    FakeSocket.opened.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  gets(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  welcomes() {
    this.gets({ type: "welcome", data: { user: "u", features: ["ping"], epoch: "e", heartbeatSeconds: 30 } });
  }

  ends(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }
}

const latest = () => FakeSocket.opened.at(-1);

function connecting({ token = async () => "t", accepts = async () => true, refusal } = {}) {
  const states = [];
  const random = () => 0.5;
  const connection = new Connection({ url: "ws://x/ws", token, accepts, refusal, WebSocket: FakeSocket, random });
  connection.on("state", (state) => states.push(state));
  connection.start();
  return { connection, states };
}

async function connected(options) {
  const made = connecting(options);
  await settle();
  latest().welcomes();
  return made;
}

beforeEach(() => {
  FakeSocket.opened = [];
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});
afterEach(() => mock.timers.reset());

test("start_offersBothSubprotocols_andIsOnlineAfterTheWelcome", async () => {
  const { connection, states } = connecting();
  await settle();
  assert.deepEqual(latest().protocols, ["hongyan.v1", "bearer.t"]);
  assert.equal(connection.state, "connecting");
  latest().welcomes();
  assert.deepEqual(states, ["connecting", "online"]);
});

test("start_withoutWelcome_reconnects", async () => {
  connecting();
  await settle();
  mock.timers.tick(10_000);
  await settle();
  mock.timers.tick(500);
  await settle();
  assert.equal(FakeSocket.opened.length, 2);
});

test("request_answer_isMatchedById", async () => {
  const { connection } = await connected();
  const [one, two] = [connection.request("a", { n: 1 }), connection.request("b", {})];
  const [first, second] = latest().sent;
  assert.deepEqual(first, { type: "a", id: first.id, data: { n: 1 } });
  latest().gets({ type: "ok", id: second.id, data: { b: true } });
  latest().gets({ type: "error", id: first.id, error: { kind: "limited", reason: "r", retryAfterMs: 5 } });
  assert.deepEqual(await two, { b: true });
  await assert.rejects(one, { kind: "limited", reason: "r", retryAfterMs: 5, retryable: true });
});

test("request_refusedWithMore_carriesIt", async () => {
  const { connection } = await connected();
  const request = connection.request("a", {});
  const error = { kind: "conflict", reason: "r", message: "m", thing: "t1" };
  latest().gets({ type: "error", id: latest().sent[0].id, error });
  await assert.rejects(request, { details: error });
});

test("request_whenTheAnswerIsLate_timesOut", async () => {
  const { connection } = await connected();
  const late = assert.rejects(connection.request("a", {}, 1_000), { kind: "timeout" });
  mock.timers.tick(1_000);
  await late;
});

test("request_whenTheSocketCloses_isRejectedAsDisconnected", async () => {
  const { connection } = await connected();
  const cut = assert.rejects(connection.request("a", {}), { kind: "disconnected", reason: "closed.1009" });
  latest().ends(1009);
  await cut;
});

test("request_withTooManyPending_isRefused", async () => {
  const { connection } = await connected();
  for (let i = 0; i < 500; i++) connection.request("a", {}).catch(() => {});
  await assert.rejects(connection.request("a", {}), { kind: "unavailable" });
});

test("close1012_waitsForTheGivenDelay", async () => {
  await connected();
  latest().ends(1012, "retry=4000");
  await settle();
  mock.timers.tick(3_999);
  await settle();
  assert.equal(FakeSocket.opened.length, 1);
  mock.timers.tick(1_001);
  await settle();
  assert.equal(FakeSocket.opened.length, 2);
});

for (const [code, state] of [
  [4001, "signed-out"],
  [4002, "replaced"],
  [4003, "failed"],
]) {
  test(`close${code}_stopsAs_${state}`, async () => {
    const { connection } = await connected();
    latest().ends(code);
    mock.timers.tick(600_000);
    await settle();
    assert.equal(connection.state, state);
    assert.equal(FakeSocket.opened.length, 1);
  });
}

test("heartbeat_withoutAnswer_reconnects", async () => {
  await connected();
  const socket = latest();
  mock.timers.tick(30_000);
  await settle();
  assert.equal(socket.sent.at(-1).type, "ping");
  mock.timers.tick(10_000);
  await settle();
  assert.equal(socket.closed, true);
  mock.timers.tick(500);
  await settle();
  assert.equal(FakeSocket.opened.length, 2);
});

test("heartbeat_withAnswers_keepsTheSocket", async () => {
  const { connection } = await connected();
  for (let beat = 0; beat < 5; beat++) {
    mock.timers.tick(30_000);
    await settle();
    latest().gets({ type: "ok", id: latest().sent.at(-1).id, data: {} });
    await settle();
  }
  assert.equal(connection.state, "online");
  assert.equal(FakeSocket.opened.length, 1);
});

test("handshake_withRefusedToken_isRetriedWithAFreshOne", async () => {
  const refused = [];
  const token = async (old) => {
    refused.push(old);
    return old ? "fresh" : "stale";
  };
  connecting({ token, accepts: async (used) => used !== "stale" });
  await settle();
  latest().ends();
  await settle();
  mock.timers.tick(500);
  await settle();
  assert.deepEqual(refused, [undefined, "stale"]);
  assert.deepEqual(latest().protocols, ["hongyan.v1", "bearer.fresh"]);
});

test("handshake_withEndedSession_signsOut", async () => {
  const token = async () => {
    throw new HongyanError({ kind: "unauthenticated" });
  };
  const { connection } = connecting({ token });
  await settle();
  assert.equal(connection.state, "signed-out");
});

test("handshake_withoutTokenForNow_isRetried", async () => {
  let asked = 0;
  const token = async () => {
    if (++asked < 3) throw new HongyanError({ kind: "network" });
    return "t";
  };
  const { connection } = connecting({ token });
  for (let i = 0; i < 4; i++) {
    await settle();
    mock.timers.tick(2_000);
  }
  await settle();
  latest().welcomes();
  assert.equal(connection.state, "online");
});

test("checkNow_duringBackoff_connectsImmediately", async () => {
  const { connection } = await connected();
  latest().ends(1013, "retry=60000");
  await settle();
  connection.checkNow();
  await settle();
  assert.equal(FakeSocket.opened.length, 2);
});

test("stop_closesTheSocket_andDoesNotReconnect", async () => {
  const { connection } = await connected();
  connection.stop();
  mock.timers.tick(600_000);
  await settle();
  assert.equal(latest().closed, true);
  assert.equal(FakeSocket.opened.length, 1);
  assert.equal(connection.state, "idle");
});

test("frames_ofAnEarlierSocket_areIgnored", async () => {
  const { connection } = await connected();
  const old = latest();
  const handler = old.onmessage;
  const pushes = [];
  connection.on("push", (push) => pushes.push(push.type));
  old.gets({ type: "entry", data: {} });
  old.ends();
  await settle();
  mock.timers.tick(1_000);
  await settle();
  handler({ data: JSON.stringify({ type: "entry", data: {} }) });
  assert.deepEqual(pushes, ["entry"]);
});

test("start_originRefused_reportsItAndRetries", async () => {
  let reason = "origin";
  const { connection, states } = connecting({ refusal: async () => reason });
  await settle();
  latest().ends();
  await settle();
  assert.equal(connection.state, "refused");

  mock.timers.tick(30_000);
  await settle();
  latest().ends();
  await settle();
  assert.deepEqual(states, ["connecting", "refused"]);

  reason = undefined;
  mock.timers.tick(30_000);
  await settle();
  latest().welcomes();
  assert.deepEqual(states, ["connecting", "refused", "online"]);
  assert.equal(FakeSocket.opened.length, 3);
});

test("start_serverUnreachable_isNotRefused", async () => {
  const { states } = connecting({
    refusal: async () => {
      throw new TypeError("Failed to fetch");
    },
  });
  await settle();
  latest().ends();
  await settle();
  assert.deepEqual(states, ["connecting"]);
});

test("start_noLongerRefused_isConnecting", async () => {
  let reason = "origin";
  const { states } = connecting({ refusal: async () => reason });
  await settle();
  latest().ends();
  await settle();
  reason = undefined;
  mock.timers.tick(30_000);
  await settle();
  latest().ends();
  await settle();
  assert.deepEqual(states, ["connecting", "refused", "connecting"]);
});
