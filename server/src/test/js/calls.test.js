import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { serverClock } from "../../main/resources/web/client/server-clock.js";
import { Calls } from "../../main/resources/web/features/call/calls.js";
import { Call } from "../../main/resources/web/features/call/client/call.js";
import { LocalMedia } from "../../main/resources/web/features/call/client/local-media.js";
import { calm, FakeConnection, FakeDevices, FakeServer, network, until } from "./call-fakes.js";

const OFF = { microphone: false, camera: false };

let server, store;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  serverClock.observe(new Date(1_000_000).toISOString());
  network.reset();
  server = new FakeServer();
  store = { viewing: null, conversations: new Map([["c", { info: { kind: "group" } }]]) };
});
afterEach(() => mock.timers.reset());

class TestCall extends Call {
  constructor(options) {
    super({ ...options, RTCPeerConnection: FakeConnection, now: () => Date.now() });
  }
}

class TestMedia extends LocalMedia {
  constructor(options) {
    super({ ...options, mediaDevices: new FakeDevices(), secure: true, AudioContext: undefined });
  }
}

function setUp(user = "ada", options = {}) {
  const client = server.device(user);
  const calls = new Calls(client, { store, load: async () => ({ Call: TestCall, LocalMedia: TestMedia }), ...options });
  let changes = 0;
  calls.on("changed", () => changes++);
  return { client, calls, changes: () => changes };
}

const ringing = (fields = {}) => ({
  call: "c1",
  conversation: "c",
  from: "bo",
  media: "video",
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
  ...fields,
});
const ended = (fields = {}) => ({
  call: "c1",
  conversation: "c",
  reason: "left",
  outcome: "completed",
  seconds: 5,
  ...fields,
});
const refuse =
  (kind, reason, more = {}) =>
  () =>
    Promise.reject(new HongyanError({ kind, reason, ...more }));
const rung = (calls) => calls.ringing.map(({ call }) => call);
const count = (client, type) => client.count(type) + client.notified.filter(([sent]) => sent === type).length;

// The call of another device

test("leaveElsewhere_takesTheOtherDevicesPlace_andLeaves", async () => {
  const { client, calls } = setUp();
  const sent = [];
  client.answers["call.join"] = (data) => sent.push(["join", data]);
  client.answers["call.leave"] = (data) => sent.push(["leave", data]);
  await calls.leaveElsewhere("c7");
  assert.deepEqual(sent, [
    ["join", { call: "c7", microphone: false, camera: false }],
    ["leave", { call: "c7" }],
  ]);
  assert.equal(calls.current, undefined);
});

test("leaveElsewhere_ofAnEndedCall_isDone", async () => {
  const { client, calls } = setUp();
  client.answers["call.join"] = refuse("conflict", "call.ended");
  await calls.leaveElsewhere("c7");
  assert.equal(count(client, "call.leave"), 0);
});

test("leaveElsewhere_withoutAnAnswer_fails_andLeavesNothingBehind", async () => {
  const { client, calls } = setUp();
  client.answers["call.join"] = refuse("timeout", "timeout");
  await assert.rejects(calls.leaveElsewhere("c7"), { reason: "timeout" });
  assert.equal(count(client, "call.leave"), 1);
});

// Ringing

test("ringing_isAcknowledged_andShownOnce", () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), ["c1"]);
  assert.deepEqual(client.notified[0], ["call.ring.ack", { call: "c1" }]);
});

test("ringing_expiresByTheServersClock", () => {
  const { client, calls } = setUp();
  serverClock.observe(new Date(Date.now() + 3_600_000).toISOString());
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), [], "over by the server's clock");
  client.emit("call.ringing", ringing({ expiresAt: new Date(Date.now() + 3_610_000).toISOString() }));
  assert.deepEqual(rung(calls), ["c1"]);
  mock.timers.tick(9_000);
  assert.deepEqual(rung(calls), ["c1"]);
  mock.timers.tick(1_001);
  assert.deepEqual(rung(calls), []);
});

test("ringing_withoutATime_isIgnored", () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing({ expiresAt: "soon" }));
  assert.deepEqual(rung(calls), []);
});

for (const [push, data] of [
  ["call.answered_elsewhere", { call: "c1" }],
  ["call.ended", ended({ reason: "cancelled", outcome: "cancelled" })],
  ["call.state", { call: "c1", revision: 3, participants: [{ user: "ada", state: "declined" }] }],
]) {
  test(`ringing_stopsAt_${push}`, () => {
    const { client, calls } = setUp();
    client.emit("call.ringing", ringing());
    client.emit("call.ringing", ringing({ call: "c2" }));
    client.emit(push, data);
    assert.deepEqual(rung(calls), ["c2"]);
    assert.equal(calls.ended, undefined, "this device was not in the call");
  });
}

test("ringing_afterItEnded_isIgnoredForTwoMinutes", () => {
  const { client, calls } = setUp();
  client.emit("call.ended", ended());
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), []);
  mock.timers.tick(120_001);
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), ["c1"]);
});

test("ringing_thatEndedWhileDisconnected_stops", async () => {
  const { client, calls } = setUp();
  for (const call of ["gone", "declined", "rings"]) client.emit("call.ringing", ringing({ call }));
  client.answers["call.get"] = ({ call }) => {
    if (call === "gone") return refuse("not_found", "call.not_found")();
    return { call, participants: [{ user: "ada", state: call === "rings" ? "ringing" : "declined" }] };
  };
  client.connect();
  await calm();
  assert.deepEqual(rung(calls), ["rings"]);
});

test("ringing_isBounded", () => {
  const { client, calls } = setUp();
  for (let i = 0; i < 50; i++) client.emit("call.ringing", ringing({ call: `c${i}` }));
  assert.equal(calls.ringing.length, 20);
});

test("silence_keepsItRinging", () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  calls.silence("c1");
  assert.deepEqual([calls.isSilenced("c1"), rung(calls)], [true, ["c1"]]);
  client.emit("call.answered_elsewhere", { call: "c1" });
  assert.equal(calls.isSilenced("c1"), false);
});

test("decline_stopsAtOnce_untilTheUserIsRungAgain", async () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  const declining = calls.decline("c1");
  assert.deepEqual(rung(calls), []);
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), [], "sent before the server had the answer");
  await declining;
  assert.equal(client.count("call.decline"), 1);
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), ["c1"]);
});

test("decline_thatEndsTheCall_stopsRinging", async () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  client.answers["call.decline"] = () => {
    client.emit("call.ended", ended({ reason: "declined", outcome: "declined" }));
    return {};
  };
  await calls.decline("c1");
  client.emit("call.ringing", ringing());
  assert.deepEqual(rung(calls), []);
});

// Entering

test("start_setsCurrentBeforeTheAnswer_andReturnsTheCall", async () => {
  const { client, calls } = setUp();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  client.answers["call.start"] = async (data) => {
    await held;
    return server.handle(client, "call.start", data);
  };
  const starting = calls.start("c", { media: "video", invite: ["bo"], microphone: true, camera: true });
  await until(() => calls.current);
  assert.deepEqual([calls.current.state, calls.current.media, calls.current.id], ["connecting", "video", ""]);
  release();
  const call = await starting;
  assert.equal(calls.current, call);
  assert.deepEqual([call.id, call.state], ["c1", "ringing"]);
  const [[, data]] = client.asked.filter(([type]) => type === "call.start");
  assert.match(data.clientId, /^[0-9a-z]{26}$/);
  assert.deepEqual(
    { ...data, clientId: "" },
    {
      conversation: "c",
      clientId: "",
      media: "video",
      invite: ["bo"],
      microphone: true,
      camera: true,
    },
  );
});

test("start_inACall_isRefused_andTwoStartsAreOne", async () => {
  const { client, calls } = setUp();
  const both = await Promise.allSettled([
    calls.start("c", { media: "audio", ...OFF }),
    calls.start("c", { media: "audio", ...OFF }),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  await assert.rejects(calls.start("d", { media: "audio", ...OFF }), { reason: "call.in_another_call" });
  assert.equal(client.count("call.start"), 1);
});

test("start_refused_leavesNothing_andTheErrorCarriesTheCall", async () => {
  const { client, calls } = setUp();
  client.answers["call.start"] = refuse("conflict", "call.active", { call: "c7" });
  await assert.rejects(calls.start("c", { media: "audio", ...OFF }), { reason: "call.active" });
  assert.deepEqual([calls.current, calls.ended], [undefined, undefined]);
});

test("accept_entersTheCall_andStopsTheRing", async () => {
  const bo = setUp("bo");
  const ada = setUp("ada");
  await bo.calls.start("c", { media: "audio", microphone: true, camera: false });
  ada.client.emit("call.ringing", ringing());
  const call = await ada.calls.accept("c1", { microphone: true, camera: false });
  assert.deepEqual([rung(ada.calls), call.media, call.conversation], [[], "video", "c"]);
  await until(() => call.state === "active" && bo.calls.current.state === "active");
});

test("accept_duringAnotherCall_leavesThatCall", async () => {
  const { client, calls } = setUp();
  const first = await calls.start("c", { media: "audio", ...OFF });
  client.emit("call.ringing", ringing({ call: "c2" }));
  client.answers["call.accept"] = (data) => ({ ...server.handle(client, "call.accept", data), call: "c2" });
  const second = await calls.accept("c2", OFF);
  assert.deepEqual([first.state, calls.current], ["ended", second]);
  const types = client.asked.map(([type]) => type);
  assert.ok(types.indexOf("call.leave") < types.indexOf("call.accept"));
});

test("accept_answeredElsewhere_stopsRinging_andCanBeMovedHere", async () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  client.answers["call.accept"] = refuse("conflict", "call.answered_elsewhere");
  await assert.rejects(calls.accept("c1", OFF), { reason: "call.answered_elsewhere" });
  assert.deepEqual([rung(calls), calls.current, calls.ended], [[], undefined, undefined]);
  const call = await calls.join("c1", OFF);
  assert.equal(call.id, "c1");
});

test("accept_withoutTheServer_ringsAgain", async () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  client.answers["call.accept"] = refuse("unavailable", "unavailable");
  await assert.rejects(calls.accept("c1", OFF), { kind: "unavailable" });
  assert.deepEqual(rung(calls), ["c1"]);
});

test("accept_callThatDoesNotRing_isRefused", async () => {
  const { client, calls } = setUp();
  await assert.rejects(calls.accept("c1", OFF), { reason: "call.ended" });
  assert.equal(client.asked.length, 0);
});

test("accept_withoutAnswer_leavesLater", async () => {
  const { client, calls } = setUp();
  client.emit("call.ringing", ringing());
  client.answers["call.accept"] = refuse("timeout", "timeout");
  await assert.rejects(calls.accept("c1", OFF), { kind: "timeout" });
  assert.equal(client.count("call.leave"), 1);
});

test("start_withoutAnswer_leavesTheCallThatTheServerKnows", async () => {
  const { client, calls } = setUp();
  client.answers["call.start"] = (data) => {
    server.handle(client, "call.start", data);
    return refuse("timeout", "timeout")();
  };
  await assert.rejects(calls.start("c", { media: "audio", ...OFF }), { kind: "timeout" });
  client.emit("call.state", server.snapshot);
  assert.equal(count(client, "call.leave") > 0, true);
  assert.equal(server.participants[0].state, "left");
});

test("state_ofACallOnAnotherTab_isLeftAlone", async () => {
  const { client } = setUp();
  server.handle(client, "call.join", {});
  client.emit("call.state", server.snapshot);
  assert.equal(count(client, "call.leave"), 0);
});

// The end

test("ended_isShownForFourSeconds", async () => {
  const { client, calls } = setUp();
  await calls.start("c", { media: "audio", ...OFF });
  client.emit("call.ended", ended({ reason: "declined", outcome: "declined", seconds: 0 }));
  assert.equal(calls.current, undefined);
  assert.deepEqual(calls.ended, ended({ reason: "declined", outcome: "declined", seconds: 0 }));
  mock.timers.tick(3_999);
  assert.ok(calls.ended);
  mock.timers.tick(1);
  assert.equal(calls.ended, undefined);
});

test("ended_overtakesTheAnswerOfStart_endsTheCall", async () => {
  const { client, calls } = setUp();
  const end = ended({ reason: "busy", outcome: "busy", seconds: 0 });
  client.answers["call.start"] = (data) => {
    const answer = server.handle(client, "call.start", data);
    client.emit("call.ended", end);
    return answer;
  };
  const call = await calls.start("c", { media: "audio", ...OFF });
  assert.deepEqual([call.state, calls.current, calls.ended], ["ended", undefined, end]);
});

test("leave_thenEnded_showsTheOutcome", async () => {
  const { client, calls } = setUp();
  const call = await calls.start("c", { media: "audio", ...OFF });
  await call.leave();
  assert.deepEqual([calls.ended.reason, calls.ended.outcome], ["cancelled", undefined]);
  client.emit("call.ended", ended({ reason: "cancelled", outcome: "cancelled" }));
  assert.equal(calls.ended.outcome, "cancelled");
});

// Banners

test("banner_followsThePushes", () => {
  const { client, calls } = setUp();
  const banner = { id: "c1", media: "video", count: 3 };
  client.emit("call.banner", { conversation: "c", call: banner });
  assert.deepEqual(calls.banner("c"), banner);
  client.emit("call.banner", { conversation: "c" });
  assert.equal(calls.banner("c"), undefined);
});

test("banner_ofAnEndedCall_isGone_alsoIfALatePushArrives", () => {
  const { client, calls } = setUp();
  store.conversations.get("c").info.call = { id: "c1", media: "audio", count: 2 };
  assert.equal(calls.banner("c").count, 2);
  client.emit("call.ended", ended());
  assert.equal(calls.banner("c"), undefined);
  client.emit("call.banner", { conversation: "c", call: { id: "c1", media: "audio", count: 2 } });
  assert.equal(calls.banner("c"), undefined);
});

test("banner_afterReconnecting_isReadForTheConversationOnTheScreen", async () => {
  const { client, calls } = setUp();
  client.answers["conversation.get"] = { conversation: { id: "c", kind: "group" } };
  client.connect();
  assert.equal(calls.banner("c"), undefined);
  await calm();
  assert.equal(client.count("conversation.get"), 0);
  store.viewing = "c";
  calls.banner("c");
  calls.banner("c");
  await calm();
  assert.equal(client.count("conversation.get"), 1);
  client.answers["conversation.get"] = { conversation: { call: { id: "c9", media: "audio", count: 1 } } };
  client.connect();
  calls.banner("c");
  await calm();
  assert.equal(calls.banner("c").id, "c9");
});

test("banner_ofACallThatEndedWhileDisconnected_isGone", async () => {
  const { client, calls } = setUp();
  const call = { id: "c1", media: "audio", count: 2 };
  store.conversations.set("d", { info: { kind: "group", call: { ...call, id: "c2" } } });
  client.emit("call.banner", { conversation: "c", call });
  client.answers["conversation.get"] = ({ conversation }) => ({ conversation: { id: conversation, kind: "group" } });
  client.answers["call.get"] = refuse("conflict", "call.ended");
  client.connect();
  await calm();
  assert.deepEqual([calls.banner("c"), calls.banner("d")], [undefined, undefined]);
  client.connect();
  await calm();
  assert.equal(client.count("conversation.get"), 2, "what is not shown is not read again");
});

test("banner_ofAChangedConversation_isTheNewOne", () => {
  const { client, calls } = setUp();
  client.emit("call.banner", { conversation: "c", call: { id: "c1", media: "audio", count: 2 } });
  client.emit("change", { conversation: "c", state: "member" });
  assert.equal(calls.banner("c").id, "c1");
  const info = { kind: "group", call: { id: "c2", media: "audio", count: 1 } };
  client.emit("change", { conversation: "c", state: "member", info });
  assert.equal(calls.banner("c").id, "c2");
});

test("banner_ofAConversationReadWithoutCall_staysUntilTheCallIsOver", async () => {
  const { client, calls } = setUp();
  client.emit("call.banner", { conversation: "c", call: { id: "c1", media: "audio", count: 2 } });
  const change = { conversation: "c", state: "member", info: { kind: "group" } };
  client.answers["call.get"] = refuse("unavailable", "store.unavailable");
  client.emit("change", change);
  await calm();
  assert.equal(calls.banner("c").id, "c1");
  client.answers["call.get"] = refuse("conflict", "call.ended");
  client.emit("change", change);
  await calm();
  assert.equal(calls.banner("c"), undefined);
});

test("banner_pushedBeforeAnOlderAnswer_stays", async () => {
  const { client, calls } = setUp();
  client.answers["conversation.get"] = () => {
    client.emit("call.banner", { conversation: "c" });
    return { conversation: { id: "c", kind: "group", call: { id: "c1", media: "audio", count: 2 } } };
  };
  client.connect();
  store.viewing = "c";
  calls.banner("c");
  await calm();
  assert.equal(client.count("conversation.get"), 1);
  assert.equal(calls.banner("c"), undefined);
});

test("banner_afterLeavingAGroup_showsRemainingParticipants", async () => {
  const bo = setUp("bo");
  const ada = setUp("ada");
  await bo.calls.start("c", { media: "audio", ...OFF });
  const call = await ada.calls.join("c1", OFF);
  await until(() => call.state === "active");
  await call.leave();
  assert.deepEqual(ada.calls.banner("c"), { id: "c1", media: "video", count: 1 });
});

test("banner_afterLeavingADirectCall_isGone", async () => {
  store.conversations.get("c").info = { kind: "direct" };
  const bo = setUp("bo");
  const ada = setUp("ada");
  await bo.calls.start("c", { media: "audio", ...OFF });
  const call = await ada.calls.join("c1", OFF);
  await until(() => call.code.state === "ready");
  await call.leave();
  assert.equal(ada.calls.banner("c"), undefined);
});

// Pages and users

test("clear_endsEverything", async () => {
  const { client, calls } = setUp();
  const call = await calls.start("c", { media: "audio", ...OFF });
  client.emit("call.ringing", ringing({ call: "c2" }));
  calls.clear();
  assert.equal(call.state, "ended");
  assert.deepEqual([calls.current, calls.ringing, calls.ended], [undefined, [], undefined]);
});

test("withoutAStore_theServerTellsTheKindOfTheConversation", async () => {
  const { calls } = setUp("ada", { store: undefined });
  const call = await calls.start("c", { media: "audio", ...OFF });
  assert.equal(call.direct, true);
});

test("enabled_followsTheNode", () => {
  const { client, calls } = setUp();
  assert.equal(calls.enabled, true);
  client.supports = () => false;
  assert.equal(calls.enabled, false);
});

test("testSwitches_existOnlyIfThePageDefinesThem", () => {
  setUp();
  assert.equal("hongyanCallTest" in globalThis, false);
  globalThis.hongyanCallTest = {};
  try {
    const { calls } = setUp();
    assert.equal(globalThis.hongyanCallTest.calls, calls);
    assert.equal(typeof globalThis.hongyanCallTest.cutSignaling, "function");
  } finally {
    delete globalThis.hongyanCallTest;
  }
});
