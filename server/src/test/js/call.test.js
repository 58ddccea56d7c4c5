import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { seeded } from "./fakes.js";
import { calm, entered, fakeCall, FakeConnection, FakeDevices, FakeServer, network, until } from "./call-fakes.js";

let server;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  network.reset();
  FakeConnection.candidates = 2;
  server = new FakeServer();
});
afterEach(() => mock.timers.reset());

async function pass(seconds) {
  for (let i = 0; i < seconds * 4; i++) {
    mock.timers.tick(250);
    await calm(3);
  }
  await calm();
}

const connectedTo = (call, count) => () =>
  call.participants.filter(({ mine, link }) => !mine && link.state === "connected").length === count;

/** Devices of different users in one call, all connected to each other. */
async function callOf(names, options) {
  const clients = names.map((name) => server.device(name, `p-${name}`));
  const calls = [];
  for (const client of clients) calls.push(await entered(client, options));
  for (const call of calls) await until(connectedTo(call, names.length - 1), "all are connected");
  await calm();
  return { clients, calls };
}

const find = (call, user) => call.participants.find((one) => one.user === user);
const asked = (client, type) => client.asked.filter(([sent]) => sent === type).map(([, data]) => data);

test("call_ofTwo_connects_andIsActive", async () => {
  const [ada, bo] = [server.device("ada", "p1"), server.device("bo", "p2")];
  const call = fakeCall(ada);
  assert.equal(call.state, "connecting");
  await call.enter("call.start", { conversation: "c" }, { microphone: true, camera: false });
  assert.equal(call.state, "ringing");
  const other = await entered(bo);
  await until(() => call.state === "active" && other.state === "active");
  assert.deepEqual(
    call.participants.map(({ user, mine, state, link }) => [user, mine, state, link.state]),
    [
      ["ada", true, "joined", "connected"],
      ["bo", false, "joined", "connected"],
    ],
  );
  assert.equal(call.host, "p1");
  assert.equal(call.startedAt, 1_000_000);
  assert.deepEqual(asked(ada, "call.start")[0], { conversation: "c", microphone: true, camera: false });
});

test("call_ofFour_connectsEveryPairOnce_withOneCertificateEach", async () => {
  const { calls } = await callOf(["ada", "bo", "cai", "dan"]);
  assert.equal(network.all.length, 12);
  const certificates = new Set(network.all.map(({ configurations }) => configurations[0].certificates[0].fingerprint));
  assert.equal(certificates.size, 4);
  assert.ok(network.all.every(({ configurations }) => configurations[0].bundlePolicy === "max-bundle"));
  for (const call of calls) assert.equal(call.code, undefined, "no code in a group");
  const offers = server.signals.filter(({ signal }) => signal.type === "offer");
  assert.ok(offers.every(({ from, to }) => from.replace("peer:", "") < to));
  assert.equal(offers.length, 6);
});

test("call_ofNine_staysWithinTheBudgetOfSignals", async () => {
  FakeConnection.candidates = 6;
  const names = Array.from({ length: 9 }, (_, i) => `user-${i}`);
  const calls = await Promise.all(names.map((name) => entered(server.device(name, `p-${name}`))));
  for (const call of calls) await until(connectedTo(call, 8), "all are connected");
  await calm();
  assert.equal(network.all.length, 72);
  assert.ok(server.signals.length <= 284, `${server.signals.length} signals`);
});

test("enter_asksForDevicesBeforeTheServer_andReportsWhatIsThere", async () => {
  const devices = new FakeDevices();
  devices.errors.video = ["NotAllowedError"];
  const client = server.device("ada");
  client.answers["call.join"] = (data) => {
    assert.equal(devices.requests.length, 2);
    assert.deepEqual([data.microphone, data.camera], [true, false]);
    return client.server.handle(client, "call.join", data);
  };
  const call = await entered(client, { devices });
  const [problem] = call.problems;
  assert.equal(problem.key, "call.problem_camera_denied");
  await problem.action.run();
  await calm();
  assert.deepEqual(call.problems, []);
  assert.equal(call.participants[0].media.camera, true);
  assert.deepEqual(asked(client, "call.media"), [{ call: "c1", camera: true }]);
});

test("enter_refused_endsTheCall_andReleasesTheDevices", async () => {
  const client = server.device("ada");
  client.answers["call.join"] = () => Promise.reject(new HongyanError({ kind: "conflict", reason: "call.full" }));
  const devices = new FakeDevices();
  const call = fakeCall(client, { devices });
  let ended = 0;
  call.on("ended", () => ended++);
  await assert.rejects(call.enter("call.join", { call: "c1" }, { microphone: true, camera: true }), {
    reason: "call.full",
  });
  assert.deepEqual([call.state, ended], ["ended", 1]);
  assert.ok(devices.opened.every(({ readyState }) => readyState === "ended"));
});

test("leave_whileTheDevicesOpen_asksTheServerForNothing", async () => {
  const client = server.device("ada");
  const call = fakeCall(client);
  const entering = call.enter("call.join", { call: "c1" }, { microphone: true, camera: true });
  await call.leave();
  await assert.rejects(entering, { reason: "call.left" });
  assert.deepEqual(client.asked, []);
});

test("leave_whileTheServerAnswers_leavesAgain", async () => {
  const client = server.device("ada");
  let answer;
  client.answers["call.join"] = () => new Promise((resolve) => (answer = resolve));
  const call = fakeCall(client);
  const entering = call.enter("call.join", { call: "c1" }, { microphone: false, camera: false });
  await until(() => answer);
  await call.leave();
  answer({ call: "c1", participant: "p1" });
  await assert.rejects(entering, { reason: "call.left" });
  assert.deepEqual(client.notified, [["call.leave", { call: "c1" }]]);
});

// The roster

test("roster_older_isIgnored", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  const old = { ...server.snapshot, revision: server.revision - 1, participants: [] };
  clients[0].emit("call.state", old);
  assert.equal(calls[0].participants.length, 2);
  assert.equal(network.all.filter(({ closed }) => closed).length, 0);
});

test("roster_ofAnotherCall_isIgnored", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].emit("call.state", { ...server.snapshot, call: "c2", revision: 99, participants: [] });
  assert.equal(calls[0].participants.length, 2);
});

test("roster_withoutTheOther_closesItsConnection", async () => {
  const { clients, calls } = await callOf(["ada", "bo", "cai"]);
  server.leave(clients[2], "left");
  await calm();
  assert.deepEqual(
    calls[0].participants.map(({ user, state }) => [user, state]),
    [
      ["ada", "joined"],
      ["bo", "joined"],
      ["cai", "left"],
    ],
  );
  assert.equal(calls[0].state, "active");
  assert.deepEqual(clients[0].notified.filter(([type]) => type === "call.link").at(-1)[1], {
    call: "c1",
    peer: "p-cai",
    generation: 1,
    state: "closed",
  });
  assert.equal(network.all.filter(({ closed }) => closed).length, 2);
});

test("roster_withoutMe_neverEndsTheCall", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  const others = server.snapshot.participants.filter(({ user }) => user === "bo");
  clients[0].emit("call.state", { ...server.snapshot, revision: 99, participants: others });
  assert.equal(calls[0].state, "active");
  assert.ok(connectedTo(calls[0], 1)());
});

for (const [reason, revision, ends] of [
  ["removed", 99, true],
  ["replaced", 99, true],
  ["signed_out", 99, true],
  ["replaced", 1, false],
]) {
  test(`roster_withMe_${reason}_atRevision_${revision}_${ends ? "ends" : "is ignored"}`, async () => {
    const { clients, calls } = await callOf(["ada", "bo"]);
    const snapshot = server.snapshot;
    Object.assign(snapshot.participants[0], { state: "left", reason });
    clients[0].emit("call.state", { ...snapshot, revision });
    assert.equal(calls[0].state, ends ? "ended" : "active");
    if (ends) assert.equal(calls[0].ending.reason, reason);
  });
}

test("roster_ofAUserWhoJoinedAgain_showsThemOnce_withANewConnection", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  const again = await entered(server.device("bo", "p-bo2"));
  await until(connectedTo(calls[0], 1));
  await until(connectedTo(again, 1));
  assert.deepEqual(
    calls[0].participants.map(({ participant }) => participant),
    ["p-ada", "p-bo2"],
  );
  assert.equal(network.all.filter(({ closed }) => !closed).length, 3, "the replaced device was not told yet");
  clients[1].emit("call.state", server.snapshot);
  assert.equal(calls[1].ending.reason, "replaced");
});

test("ended_endsOnce_andReleasesEverything", async () => {
  const devices = new FakeDevices();
  const { clients, calls } = await callOf(["ada", "bo"], { devices });
  const ends = [];
  calls[0].on("ended", (end) => ends.push(end));
  const end = { call: "c1", conversation: "c", reason: "ended_by_host", outcome: "completed", seconds: 7 };
  clients[0].emit("call.ended", end);
  clients[0].emit("call.ended", end);
  await calls[0].leave();
  assert.deepEqual(ends, [end]);
  assert.equal(calls[0].local.camera, undefined);
  assert.deepEqual(calls[0].problems, []);
  const before = clients[0].asked.length;
  clients[0].connect();
  await pass(30);
  assert.equal(clients[0].asked.length, before);
});

test("signal_beforeTheRoster_waitsForIt", async () => {
  const ada = server.device("ada", "p1");
  const call = await entered(ada);
  const held = [];
  const { emit } = ada;
  ada.emit = (type, detail) => (type === "call.state" ? held.push(detail) : emit.call(ada, type, detail));
  const other = await entered(server.device("bo", "p0"));
  await until(() => server.signals.some(({ signal }) => signal.type === "offer"));
  await calm();
  assert.equal(call.participants.length, 1);
  ada.emit = emit;
  ada.emit("call.state", held.at(-1));
  await until(() => call.state === "active" && other.state === "active");
  assert.equal(server.signals.filter(({ signal }) => signal.type === "offer").length, 1);
});

// Reconnecting to the server

test("socketLost_mediaContinues_andTheCallResumes", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].disconnect();
  assert.equal(calls[0].state, "reconnecting");
  assert.equal(calls[0].problems[0].key, "call.problem_signaling");
  assert.equal(find(calls[1], "ada").state, "reconnecting");
  await pass(10);
  assert.ok(network.all.every(({ closed, connectionState }) => !closed && connectionState === "connected"));
  clients[0].connect();
  await until(() => calls[0].state === "active");
  await calm();
  assert.deepEqual(asked(clients[0], "call.resume"), [{ call: "c1", participant: "p-ada", resumeToken: "t-p-ada" }]);
  assert.equal(find(calls[1], "ada").state, "joined");
  assert.equal(network.all.length, 2);
  assert.equal(server.signals.filter(({ signal }) => signal.type === "offer").length, 1);
});

test("socketLost_forAMinute_keepsRetryingAllPairs", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  await pass(10);
  clients[0].disconnect();
  network.all.forEach((connection) => connection.become("failed"));
  await pass(60);
  assert.equal(find(calls[0], "bo").link.state, "interrupted");
  clients[0].connect();
  await until(connectedTo(calls[0], 1));
});

test("resume_thatIsCut_isTriedOnTheNextSocket", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].answers["call.resume"] = () => Promise.reject(new HongyanError({ kind: "disconnected" }));
  clients[0].disconnect();
  clients[0].connect();
  await calm();
  clients[0].disconnect();
  delete clients[0].answers["call.resume"];
  clients[0].connect();
  await until(() => calls[0].state === "active");
  await pass(10);
  assert.equal(asked(clients[0], "call.resume").length, 2);
});

test("resume_unavailable_isTriedAgain", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].answers["call.resume"] = () => Promise.reject(new HongyanError({ kind: "unavailable" }));
  clients[0].disconnect();
  clients[0].connect();
  await pass(1);
  delete clients[0].answers["call.resume"];
  await pass(2);
  assert.equal(calls[0].state, "active");
});

test("resume_absentParticipants_areGone", async () => {
  const { clients, calls } = await callOf(["ada", "bo", "cai"]);
  clients[0].disconnect();
  server.participants = server.participants.filter(({ user }) => user !== "cai");
  server.push();
  clients[0].connect();
  await until(() => calls[0].state === "active");
  assert.deepEqual(
    calls[0].participants.map(({ user }) => user),
    ["ada", "bo"],
  );
});

test("resume_isAuthoritative_whateverRevisionWasKnown", async () => {
  const { clients, calls } = await callOf(["ada", "bo", "cai"]);
  clients[0].disconnect();
  server.leave(clients[2], "left");
  server.revision = 2;
  clients[0].connect();
  await until(() => calls[0].state === "active");
  assert.equal(find(calls[0], "cai").state, "left");
  await calls[1].setHand(true);
  await until(() => find(calls[0], "bo").media.hand);
});

test("resume_whileThePairIsDown_restartsIt_withTheServersOfTheAnswer", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  await pass(10);
  clients[0].disconnect();
  network.all.forEach((connection) => connection.become("failed"));
  await pass(20);
  assert.equal(server.signals.filter(({ signal }) => signal.type === "offer").length, 1);
  clients[0].connect();
  await until(connectedTo(calls[0], 1));
  await until(connectedTo(calls[1], 1));
  assert.equal(clients[0].count("call.ice"), 0);
});

test("restart_requestsFreshServersOnce_forAllConnections", async () => {
  const { clients, calls } = await callOf(["ada", "bo", "cai"]);
  await pass(40);
  network.all.forEach((connection) => connection.become("failed"));
  for (const call of calls) await until(connectedTo(call, 2));
  assert.deepEqual(
    clients.map((client) => client.count("call.ice")),
    [1, 1, 1],
  );
  for (const { configurations } of network.all) {
    assert.deepEqual(configurations.at(-1).iceServers, [{ urls: ["stun:fresh.example"] }]);
  }
});

test("resumeRefused_becauseLost_joinsAgain_once", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  const notices = [];
  calls[0].on("notice", ({ key }) => notices.push(key));
  clients[0].disconnect();
  const item = server.participants.find(({ user }) => user === "ada");
  Object.assign(item, { state: "left", reason: "lost" });
  server.push();
  clients[0].participantId = "p-ada2";
  clients[0].connect();
  await until(() => notices.length > 0);
  await until(connectedTo(calls[0], 1));
  assert.deepEqual([calls[0].me, calls[0].state, notices], ["p-ada2", "active", ["call.notice_rejoined"]]);
  assert.deepEqual(asked(clients[0], "call.join").at(-1), { call: "c1", microphone: true, camera: true });

  clients[0].disconnect();
  Object.assign(server.participants.at(-1), { state: "left", reason: "lost" });
  clients[0].connect();
  await until(() => calls[0].state === "ended");
  assert.equal(calls[0].ending.reason, "lost", "no loop");
});

/** The server removes a participant whose device was disconnected for too long. */
function lose(user) {
  const item = server.participants.find((one) => one.user === user && one.state !== "left");
  Object.assign(item, { state: "left", reason: "lost" });
  server.push();
}

test("place_lostWhileConnected_joinsAgain_once", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  lose("ada");
  clients[0].participantId = "p-ada2";
  server.repeat();
  await until(connectedTo(calls[0], 1));
  await until(connectedTo(calls[1], 1));
  assert.deepEqual([calls[0].me, calls[0].state], ["p-ada2", "active"]);
  assert.equal(clients[0].count("call.join"), 2);

  lose("ada");
  server.repeat();
  await until(() => calls[0].state === "ended");
  assert.equal(calls[0].ending.reason, "lost", "no loop");
});

for (const lost of ["Request", "Answer"]) {
  test(`rejoin_whose${lost}IsLost_isTriedAgain`, async () => {
    const { clients, calls } = await callOf(["ada", "bo"]);
    const [ada] = clients;
    ada.disconnect();
    lose("ada");
    ada.answers["call.join"] = (data) => {
      delete ada.answers["call.join"];
      if (lost === "Answer") server.handle(ada, "call.join", data);
      ada.disconnect();
      throw new HongyanError({ kind: "disconnected" });
    };
    ada.connect();
    await until(() => ada.state !== "online");
    ada.connect();
    await until(connectedTo(calls[0], 1));
    await until(connectedTo(calls[1], 1));
    assert.equal(calls[0].state, "active");
    assert.equal(server.participants.filter(({ user, state }) => user === "ada" && state !== "left").length, 1);
  });
}

test("resumeRefused_becauseReplaced_ends", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].disconnect();
  await entered(server.device("ada", "p-ada2"));
  clients[0].connect();
  await until(() => calls[0].state === "ended");
  assert.equal(calls[0].ending.reason, "replaced");
  assert.equal(asked(clients[0], "call.join").length, 1);
});

test("resumeRefused_becauseReplacedLongAgo_ends", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].disconnect();
  await entered(server.device("ada", "p-ada2"));
  server.participants = server.participants.filter(({ participant }) => participant !== "p-ada");
  clients[0].connect();
  await until(() => calls[0].state === "ended");
  assert.equal(calls[0].ending.reason, "replaced");
});

test("resumeRefused_becauseTheCallEnded_ends", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].answers["call.resume"] = () =>
    Promise.reject(new HongyanError({ kind: "conflict", reason: "call.ended" }));
  clients[0].disconnect();
  clients[0].connect();
  await until(() => calls[0].state === "ended");
  assert.equal(calls[0].ending.reason, "lost");
});

test("participantWhoReconnects_getsNoSignals_andIsTriedWhenBack", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  await pass(10);
  clients[1].disconnect();
  await calm();
  const before = clients[0].count("call.signal");
  network.all.forEach((connection) => connection.become("failed"));
  await pass(10);
  assert.equal(clients[0].count("call.signal"), before, "no signal that the server has to refuse");
  clients[1].connect();
  await until(connectedTo(calls[0], 1));
});

/** Devices come, go, lose the server and their places, and signals get lost, all by the same random numbers. */
async function chaos(seed) {
  const random = seeded(seed);
  let faulty = true;
  server.relay = (signal) => (faulty && random() < 0.1 ? undefined : signal);
  const all = [];
  const join = async () => {
    const user = `user-${Math.floor(random() * 5)}`;
    const client = server.device(user, `p-${user}-${all.length}`);
    all.push({ client, call: await entered(client) });
  };
  await join();
  for (let step = 0; step < 60; step++) {
    const chance = random();
    const { client, call } = all[Math.floor(random() * all.length)];
    const online = client.state === "online";
    if (chance < 0.1 && all.length < 9) await join();
    else if (chance < 0.15) await call.leave();
    else if (chance < 0.25 && online) client.disconnect();
    else if (chance < 0.4 && !online) client.connect();
    else if (chance < 0.45 && !online) server.expire(client);
    else if (chance < 0.5) network.all[Math.floor(random() * network.all.length)]?.become("failed");
    else if (chance < 0.6 && online) call.setHand(random() < 0.5);
    await pass(1);
  }
  faulty = false;
  for (const { client } of all) if (client.state !== "online") client.connect();
  await pass(1);
  // Participants who left while they were disconnected.
  for (const { client } of all) server.expire(client);
  server.repeat();
  // A pair that was given up needs the user, and can be given up once more because of frames that were lost before.
  for (let i = 0; i < 3; i++) {
    for (const { call } of all) for (const { action } of call.problems) action?.run();
    await pass(15);
  }
  return all;
}

for (let seed = 1; seed <= 10; seed++) {
  test(`chaos_${seed}_endsWithOneRoster_andEveryPairConnected`, async (t) => {
    t.mock.method(console, "warn", () => {});
    const all = await chaos(seed);
    const joined = server.participants.filter(({ state }) => state === "joined");
    const lasting = all.filter(({ call }) => call.state !== "ended");
    assert.deepEqual(lasting.map(({ call }) => call.me).sort(), joined.map(({ participant }) => participant).sort());
    for (const { call } of lasting) {
      const present = call.participants.filter(({ state }) => state === "joined");
      assert.deepEqual(
        present.map(({ participant, media, link }) => [participant, media.hand, link.state]),
        joined.map(({ participant, media }) => [participant, media.hand, "connected"]),
      );
      assert.equal(call.participants.find(({ mine }) => mine).media.hand, present.find(({ mine }) => mine).media.hand);
    }
    const open = network.all.filter(({ closed }) => !closed).length;
    assert.equal(open, joined.length ** 2 - joined.length, "no connection is left over");
  });
}

// What the user does

test("microphone_isMutedAtOnce_andTheServerIsToldInOrder", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  calls[0].setMicrophone(false);
  assert.equal(calls[0].local.microphone.enabled, false);
  calls[0].setMicrophone(true);
  await calls[0].setMicrophone(false);
  await calm();
  assert.equal(find(calls[1], "ada").media.microphone, false);
  assert.deepEqual(asked(clients[0], "call.media").at(-1), { call: "c1", microphone: false });
});

test("camera_off_stopsItsTrack_andSendsNothing", async () => {
  const { calls } = await callOf(["ada", "bo"]);
  const { camera } = calls[0].local;
  await calls[0].setCamera(false);
  await calm();
  assert.equal(camera.readyState, "ended");
  const [, video] = network.all.find((one) => one.transceivers[1].sender.track === null).transceivers;
  assert.equal(video.sender.track, null);
  assert.equal(find(calls[0], "ada").media.camera, false);
  assert.equal(find(calls[1], "ada").media.camera, false);
});

test("mediaState_changedWhileReconnecting_isSentAfterwards", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].disconnect();
  await calls[0].setHand(true);
  await calls[0].setMicrophone(false);
  clients[0].connect();
  await until(() => find(calls[1], "ada").media.hand);
  assert.deepEqual(asked(clients[0], "call.media").at(-1), { call: "c1", microphone: false, hand: true });
});

test("screen_isSentOnceTheServerAllows", async () => {
  const { calls } = await callOf(["ada", "bo"]);
  await calls[0].setScreen(true);
  await calm();
  assert.equal(find(calls[1], "ada").media.screen, true);
  const { screen } = calls[0].local;
  assert.ok(network.all.some(({ transceivers }) => transceivers[2].sender.track === screen));
  await assert.rejects(calls[1].setScreen(true), { reason: "call.screen_taken" });
  screen.unplug();
  await until(() => !find(calls[1], "ada").media.screen);
  assert.ok(network.all.every(({ transceivers }) => transceivers[2].sender.track === null));
});

test("screen_isNotSent_beforeTheServerAllows", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  let allow;
  clients[0].answers["call.media"] = () => new Promise((resolve) => (allow = resolve));
  const sharing = calls[0].setScreen(true);
  await until(() => allow);
  delete clients[0].answers["call.media"];
  await calls[0].setHand(true);
  assert.ok(network.all.every(({ transceivers }) => transceivers[2].sender.track === null));
  assert.equal(find(calls[0], "ada").media.screen, false);
  allow({ revision: 9 });
  await sharing;
  assert.ok(network.all.some(({ transceivers }) => transceivers[2].sender.track !== null));
});

test("screen_takenByAnotherMeanwhile_isStopped", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  clients[0].answers["call.media"] = () =>
    Promise.reject(new HongyanError({ kind: "conflict", reason: "call.screen_taken" }));
  await assert.rejects(calls[0].setScreen(true), { reason: "call.screen_taken" });
  assert.equal(calls[0].local.screen, undefined);
  assert.equal(find(calls[0], "ada").media.screen, false);
});

test("quality_fallsAsTheCallGrows_andRisesAgain", async () => {
  const { clients } = await callOf(["ada", "bo"]);
  const rate = () => network.all[0].transceivers[1].sender.encodings[0].maxBitrate;
  await until(() => rate() === 1_500_000);
  const third = server.device("cai", "p-cai");
  await entered(third);
  await until(() => rate() === 700_000);
  server.leave(third, "left");
  await until(() => rate() === 1_500_000);
  for (const { sender } of network.all[0].transceivers) sender.cpu = true;
  await pass(13);
  await until(() => rate() === 700_000);
  assert.equal(clients[0].count("call.media"), 0);
});

test("speaking_onlyConnectedAndUnmutedParticipants", async () => {
  const { calls } = await callOf(["ada", "bo"]);
  const heard = [];
  calls[0].on("speaking", (speaking) => heard.push([...speaking]));
  for (const { transceivers } of network.all) {
    transceivers[0].receiver.getSynchronizationSources = () => [{ audioLevel: 0.5 }];
  }
  await pass(1);
  assert.deepEqual(heard, [["p-bo"]]);
  assert.equal(find(calls[0], "bo").speaking, true);
  await calls[1].setMicrophone(false);
  await pass(0.5);
  assert.deepEqual(heard.at(-1), []);
});

test("requests_ofTheHost_nameTheCall", async () => {
  const { clients, calls } = await callOf(["ada", "bo"]);
  await calls[0].ring(["cai"]);
  await calls[0].remove("p-bo");
  await calls[0].end();
  assert.deepEqual(asked(clients[0], "call.ring"), [{ call: "c1", users: ["cai"] }]);
  assert.deepEqual(asked(clients[0], "call.remove"), [{ call: "c1", participant: "p-bo" }]);
  assert.deepEqual(asked(clients[0], "call.end"), [{ call: "c1" }]);
});

test("soundBlocked_isAProblem_untilAClickPlaysIt", async () => {
  const { calls } = await callOf(["ada", "bo"]);
  let played = 0;
  calls[0].soundBlocked(async () => void played++);
  const [problem] = calls[0].problems;
  assert.deepEqual([problem.key, problem.action.name], ["call.problem_sound", "sound"]);
  await problem.action.run();
  assert.deepEqual([played, calls[0].problems], [1, []]);
});

test("failedPair_isAProblem_andCanBeRetried", async () => {
  network.cut = true;
  const [ada, bo] = [server.device("ada", "p1"), server.device("bo", "p2")];
  const call = await entered(ada);
  await entered(bo);
  await pass(35);
  const [problem] = call.problems;
  assert.deepEqual([problem.key, problem.values], ["call.problem_link", { user: "bo" }]);
  assert.equal(call.state, "connecting", "the call itself goes on");
  network.cut = false;
  await problem.action.run();
  await pass(1);
  assert.ok(connectedTo(call, 1)());
  assert.deepEqual(call.problems, []);
});

test("code_ofTwo_isShown_andANewConnectionIsANotice", async () => {
  const { calls } = await callOf(["ada", "bo"], { direct: true });
  await until(() => calls[0].code.state === "ready" && calls[1].code.state === "ready");
  assert.deepEqual(calls[0].code, calls[1].code);
  const notices = [];
  calls[0].on("notice", ({ key }) => notices.push(key));
  const before = calls[0].code.symbols;
  const again = await entered(server.device("bo", "p-bo2"), { direct: true });
  await until(() => again.code.state === "ready" && calls[0].code.state === "ready");
  assert.deepEqual(calls[0].code, again.code);
  assert.notDeepEqual(calls[0].code.symbols, before);
  assert.deepEqual(notices, ["call.notice_code_changed"]);
});

test("code_ofASwappedCertificate_isAProblem_withoutMedia", async () => {
  const { fingerprint } = await FakeConnection.generateCertificate();
  server.relay = ({ signal, ...rest }) => ({
    ...rest,
    signal: { ...signal, sdp: signal.sdp?.replaceAll(/(a=fingerprint:sha-256 ).*(?=\r)/g, `$1${fingerprint}`) },
  });
  const [ada, bo] = [server.device("ada", "p1"), server.device("bo", "p2")];
  await entered(ada, { direct: true });
  const call = await entered(bo, { direct: true });
  await until(() => call.code.state === "failed");
  assert.deepEqual(
    call.problems.map(({ key }) => key),
    ["call.problem_code"],
  );
  assert.ok(network.all.some(({ closed }) => closed));
});

test("relayOnly_hidesAddresses", async () => {
  await callOf(["ada", "bo"], { relayOnly: true });
  assert.ok(network.all.every(({ configurations }) => configurations[0].iceTransportPolicy === "relay"));
});

test("relayOnly_isAlsoASettingOfTheServer", async () => {
  const clients = ["p1", "p2"].map((id) => server.device(id, id));
  for (const client of clients) {
    client.answers["call.join"] = (data) => {
      const answer = server.handle(client, "call.join", data);
      return { ...answer, transport: { ...answer.transport, relayOnly: true } };
    };
    await entered(client);
  }
  assert.ok(network.all.every(({ configurations }) => configurations[0].iceTransportPolicy === "relay"));
  assert.equal(network.all.length, 2);
});

test("enter_withoutWebRtc_isRefused", async () => {
  const client = server.device("ada");
  const call = fakeCall(client, { RTCPeerConnection: null });
  await assert.rejects(call.enter("call.accept", { call: "c1" }, { microphone: false, camera: false }), {
    reason: "client.no_webrtc",
  });
  assert.deepEqual(client.asked, [], "in particular, no decline");
});

test("code_withoutTls_isNone_andMediaFlows", async (t) => {
  const { crypto } = globalThis;
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  Object.defineProperty(globalThis, "crypto", { value: insecure, configurable: true });
  t.after(() => Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true }));
  const { calls } = await callOf(["ada", "bo"], { direct: true });
  assert.equal(calls[0].code, undefined);
});

test("networkChange_checksTheConnectionToTheServer", async () => {
  const page = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) globalThis[name] = page[name].bind(page);
  try {
    const { clients } = await callOf(["ada", "bo"]);
    let checks = 0;
    clients[0].connection.checkNow = () => checks++;
    page.dispatchEvent(new Event("online"));
    assert.equal(checks, 1);
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});

test("stats_areByParticipant", async () => {
  const { calls } = await callOf(["ada", "bo"]);
  assert.deepEqual([...(await calls[0].stats()).keys()], ["p-bo"]);
});

// The page

test("pagehide_leavesAtOnce_unlessThePageMayReturn", async () => {
  const page = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) globalThis[name] = page[name].bind(page);
  try {
    const { clients } = await callOf(["ada", "bo"]);
    const hide = (persisted) => page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
    hide(true);
    assert.equal(clients[0].notified.filter(([type]) => type === "call.leave").length, 0);
    hide(false);
    assert.equal(clients[0].notified.filter(([type]) => type === "call.leave").length, 1);
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});
