import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { isLower, Peer } from "../../main/resources/web/features/call/client/peer.js";
import { SignalQueue } from "../../main/resources/web/features/call/client/signal-queue.js";
import { targets } from "../../main/resources/web/features/call/client/quality.js";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { calm, FakeConnection, FakeTrack, network, until } from "./call-fakes.js";
import { seeded } from "./fakes.js";

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  network.reset();
  FakeConnection.candidates = 2;
});
afterEach(() => mock.timers.reset());

/** Passes time in small steps, so that what follows from one timer happens before the next one. */
async function pass(seconds) {
  for (let i = 0; i < seconds * 4; i++) {
    mock.timers.tick(250);
    await calm(3);
  }
  await calm();
}

/** Passes time until the condition holds. Cryptography takes real time, however little of it passes here. */
async function passUntil(condition, seconds = 60) {
  for (let i = 0; i < seconds * 4 && !condition(); i++) {
    mock.timers.tick(250);
    for (const start = performance.now(); performance.now() - start < 10 && !condition(); ) await calm(1);
  }
  assert.ok(condition(), condition.toString());
}

/**
 * A lower peer "a" and a higher peer "b", which exchange signals through `relay`.
 * @param {{verify?: boolean, relay?: (from: string, generation: number, signal: any) => any}} [options]
 */
async function pairOf({ verify = false, relay = (from, generation, signal) => signal } = {}) {
  const signals = [];
  const reports = { a: [], b: [] };
  const refreshes = { a: 0, b: 0 };
  const peers = {};
  const make = async (name, other) => {
    const certificates = [await FakeConnection.generateCertificate()];
    return new Peer({
      call: "c1",
      me: { participant: name, user: `user-${name}` },
      other: { participant: other, user: `user-${other}` },
      verify,
      send: async (generation, signal) => {
        signals.push({ from: name, generation, ...signal });
        const relayed = relay(name, generation, structuredClone(signal));
        if (relayed) peers[other].receive(generation, relayed);
      },
      configuration: () => ({ certificates, iceServers: [{ urls: [`stun:${refreshes[name]}`] }] }),
      refresh: async () => refreshes[name]++,
      report: (report) => reports[name].push(report),
      RTCPeerConnection: FakeConnection,
      now: () => Date.now(),
    });
  };
  peers.a = await make("a", "b");
  peers.b = await make("b", "a");
  const [a, b] = network.all;
  const types = (from) => signals.filter((one) => one.from === from).map(({ type }) => type);
  const start = () => {
    peers.b.start();
    peers.a.start();
  };
  return { peers, a, b, signals, types, reports, refreshes, start };
}

async function connected(options) {
  const pair = await pairOf(options);
  pair.start();
  await until(() => pair.peers.a.link.state === "connected" && pair.peers.b.link.state === "connected");
  await calm();
  return pair;
}

test("isLower_comparesBytes", () => {
  assert.deepEqual(
    [
      isLower("a", "b"),
      isLower("b", "a"),
      isLower("a", "a"),
      isLower("a", "aa"),
      isLower("aa", "a"),
      isLower("B", "a"),
    ],
    [true, false, false, true, false, true],
  );
  // UTF-16 code units would order these two the other way around.
  assert.equal(isLower("\uffff", "\u{1f600}"), true);
});

test("negotiation_lowerOffers_withThreeSections_andBothSendAndReceive", async () => {
  const { a, b, types, signals } = await connected();
  assert.deepEqual(types("a").slice(0, 2), ["offer", "candidates"]);
  assert.deepEqual(types("b").slice(0, 2), ["answer", "candidates"]);
  assert.ok(signals.every(({ generation }) => generation === 1));
  for (const connection of [a, b]) {
    assert.deepEqual(
      connection.transceivers.map(({ receiver, direction }) => `${receiver.track.kind} ${direction}`),
      ["audio sendrecv", "video sendrecv", "video sendrecv"],
    );
  }
  assert.match(b.localDescription.sdp, /a=directions:sendrecv,sendrecv,sendrecv/);
});

test("negotiation_withCertificatesAndTracks_offersThemFromTheStart", async () => {
  const { peers, a, start } = await pairOf();
  const tracks = { audio: new FakeTrack("audio"), camera: new FakeTrack("video") };
  peers.a.send(tracks);
  start();
  await until(() => peers.a.link.state === "connected");
  assert.deepEqual(
    a.transceivers.map(({ sender }) => sender.track),
    [tracks.audio, tracks.camera, null],
  );
});

test("tracks_areReplaced_withoutNegotiation", async () => {
  const { peers, a, b, signals } = await connected();
  const before = signals.length;
  const camera = new FakeTrack("video");
  peers.b.send({ camera });
  await calm();
  peers.b.send({ screen: camera });
  await calm();
  assert.deepEqual(
    b.transceivers.map(({ sender }) => sender.track),
    [null, null, camera],
  );
  assert.equal(a.transceivers.length, 3);
  assert.equal(signals.length, before);
});

test("peer_showsTheTracksOfTheOther_once", async () => {
  const { peers, a } = await connected();
  const [audio, camera, screen] = a.transceivers.map(({ receiver }) => receiver.track);
  assert.deepEqual(peers.a.tracks, { audio, camera, screen });
});

for (const verify of [false, true])
  test(`candidates_areBatched_atMost16_andTheEndIsAFlag_verify_${verify}`, async () => {
    FakeConnection.candidates = 40;
    // To verify takes time, in which all candidates are found.
    const { signals } = await connected({ verify });
    const own = signals.filter(({ from, type }) => from === "a" && type === "candidates");
    assert.deepEqual(
      own.map(({ candidates, final }) => [candidates.length, final]),
      [
        [16, undefined],
        [16, undefined],
        [8, true],
      ],
    );
    assert.ok(own.every(({ candidates }) => candidates.every(({ candidate }) => candidate !== "")));
  });

test("candidates_areAddedOnlyAfterTheRemoteDescription", async () => {
  const pair = await pairOf({ relay: () => undefined });
  pair.start();
  await calm();
  const [offer, ...candidates] = pair.signals.filter(({ from }) => from === "a");
  // Early, as from a server that does not keep the order.
  for (const early of candidates) await pair.peers.b.receive(1, early);
  assert.equal(pair.b.added.length, 0);
  await pair.peers.b.receive(1, offer);
  assert.equal(pair.b.added.length, 3);
  assert.equal(pair.b.added.at(-1), undefined, "the end of candidates");
});

for (const [what, generation, signal] of [
  ["answer", 0, { type: "answer", sdp: "none" }],
  ["candidates", 0, { type: "candidates", candidates: [{ candidate: "old" }] }],
  ["restart", 0, { type: "restart" }],
  ["offer", 1, { type: "offer", sdp: "again" }],
  ["answerOfTheFuture", 2, { type: "answer", sdp: "none" }],
  ["unexpectedAnswer", 1, { type: "answer", sdp: "none" }],
]) {
  test(`staleSignal_${what}_isDropped`, async () => {
    const { peers, a, b, signals } = await connected();
    const before = [signals.length, a.added.length, b.added.length];
    const { remoteDescription } = b;
    await peers.a.receive(generation, signal);
    await peers.b.receive(generation, signal);
    await pass(6);
    assert.deepEqual([signals.length, a.added.length, b.added.length], before);
    assert.equal(b.remoteDescription, remoteDescription);
    assert.deepEqual([peers.a.link.state, peers.b.link.state], ["connected", "connected"]);
  });
}

test("offer_repeated_isAnsweredOnce", async () => {
  const { peers, signals, types } = await connected();
  await peers.b.receive(
    1,
    signals.find(({ type }) => type === "offer"),
  );
  await calm();
  assert.equal(types("b").filter((type) => type === "answer").length, 1);
});

test("answer_ofAnOlderOffer_isDropped", async () => {
  let lossy = false;
  const { peers, a, b, signals } = await connected({ relay: (from, generation, signal) => (lossy ? null : signal) });
  await pass(10);
  lossy = true;
  a.become("failed");
  b.become("failed");
  await until(() => a.signalingState === "have-local-offer");
  await peers.a.receive(
    1,
    signals.find(({ type }) => type === "answer"),
  );
  assert.equal(a.signalingState, "have-local-offer");
});

test("offerWithoutAnswer_isRepeated_alsoWhenTheConnectionRecovers", async () => {
  let lost = 0;
  const { a } = await connected({
    relay: (from, generation, signal) => (signal.type === "offer" && lost-- > 0 ? undefined : signal),
  });
  await pass(10);
  lost = 1;
  a.become("failed");
  await until(() => a.signalingState === "have-local-offer");
  a.become("connected");
  await passUntil(() => a.signalingState === "stable", 12);
});

test("failed_restartsAtOnce_withAHigherGeneration_andFreshServers", async () => {
  const { peers, a, b, signals, refreshes } = await connected();
  await pass(10);
  const before = signals.length;
  a.become("failed");
  b.become("failed");
  assert.equal(peers.a.link.state, "interrupted");
  await until(() => peers.a.link.state === "connected" && peers.b.link.state === "connected");
  const later = signals.slice(before);
  assert.equal(later.find(({ type }) => type === "offer").generation, 2);
  assert.deepEqual([refreshes.a, refreshes.b], [1, 1]);
  assert.deepEqual(a.configurations.at(-1).iceServers, [{ urls: ["stun:1"] }]);
  assert.equal(network.all.length, 2, "the connections are the same");
});

test("disconnected_waitsFiveSeconds", async () => {
  const { a, b, types } = await connected();
  await pass(10);
  a.become("disconnected");
  b.become("disconnected");
  await pass(4.5);
  assert.equal(types("a").filter((type) => type === "offer").length, 1);
  await pass(1);
  assert.equal(types("a").filter((type) => type === "offer").length, 2);
});

test("disconnected_afterTheNetworkChanged_restartsAtOnce", async () => {
  const { peers, a, b, types } = await connected();
  await pass(10);
  peers.a.resume(true);
  await pass(2);
  assert.equal(types("a").filter((type) => type === "offer").length, 1, "nothing is wrong yet");
  a.become("disconnected");
  b.become("disconnected");
  await calm();
  assert.equal(types("a").filter((type) => type === "offer").length, 2);
});

test("disconnected_thatRecovers_doesNotRestart", async () => {
  const { peers, a, types } = await connected();
  await pass(10);
  a.become("disconnected");
  await pass(3);
  assert.equal(peers.a.link.state, "interrupted");
  a.become("connected");
  await pass(20);
  assert.equal(peers.a.link.state, "connected");
  assert.equal(types("a").filter((type) => type === "offer").length, 1);
});

test("answerer_asksForARestart_andTheOffererOffers", async () => {
  const { peers, b, types, signals } = await connected();
  await pass(10);
  b.become("failed");
  await until(() => peers.b.link.state === "connected");
  assert.deepEqual(
    types("b").filter((type) => type === "restart"),
    ["restart"],
  );
  assert.equal(signals.find(({ type }) => type === "restart").generation, 1);
  assert.equal(peers.a.generation, 2);
});

test("restarts_areFiveSecondsApart_grow_andEndAfter30s", async () => {
  const { peers, a, b, signals, reports } = await connected();
  await pass(10);
  network.cut = true;
  const times = [];
  const began = Date.now();
  let offers = signals.filter(({ type }) => type === "offer").length;
  a.become("failed");
  b.become("failed");
  for (let i = 0; i < 240; i++) {
    await pass(0.25);
    for (const connection of [a, b]) if (connection.connectionState === "connecting") connection.become("failed");
    const now = signals.filter(({ type }) => type === "offer").length;
    for (; offers < now; offers++) times.push((Date.now() - began) / 1000);
  }
  assert.ok(times.length >= 3 && times.length <= 6, `offers at ${times}`);
  times.slice(1).forEach((time, i) => assert.ok(time - times[i] >= 4.75, `offers at ${times}`));
  assert.ok(times.at(-1) - times.at(-2) > times[1] - times[0] + 1, `the pauses grow: offers at ${times}`);
  assert.ok(times.at(-1) <= 30.5);
  assert.deepEqual([peers.a.link.state, peers.b.link.state], ["failed", "failed"]);
  assert.equal(reports.a.filter(({ state }) => state === "failed").length, 1);

  network.cut = false;
  peers.b.resume();
  await pass(6);
  assert.deepEqual([peers.a.link.state, peers.b.link.state], ["connected", "connected"], "the network changed");
});

test("offerWithoutAnswer_isRepeated", async () => {
  let lost = 1;
  const { peers, types, start } = await pairOf({
    relay: (from, generation, signal) => (signal.type === "offer" && lost-- > 0 ? undefined : signal),
  });
  start();
  await pass(4);
  assert.deepEqual([peers.a.link.state, peers.b.link.state], ["connecting", "new"]);
  await pass(3);
  assert.equal(peers.b.link.state, "connected");
  assert.equal(types("a").filter((type) => type === "offer").length, 2);
  assert.equal(peers.b.generation, 2);
});

test("offerWithoutAnswer_ofAConnectionThatWorks_isRepeated", async () => {
  let lost = 0;
  const { peers, b } = await connected({
    relay: (from, generation, signal) => (signal.type === "offer" && lost-- > 0 ? undefined : signal),
  });
  await pass(10);
  lost = 1;
  // Only one side notices that no media arrives.
  b.become("failed");
  await passUntil(() => peers.b.link.state === "connected", 12);
  assert.equal(peers.a.generation, peers.b.generation);
});

test("slowConnection_isNotRestartedBeforeTwelveSeconds", async () => {
  network.cut = true;
  const { peers, types, start } = await pairOf();
  start();
  await pass(11);
  assert.equal(types("a").filter((type) => type === "offer").length, 1);
  await pass(3);
  assert.equal(types("a").filter((type) => type === "offer").length, 2);
  network.cut = false;
  await pass(14);
  assert.equal(peers.a.link.state, "connected");
});

test("pause_stopsRestarts_andResumeTriesAtOnce", async () => {
  const { peers, a, b, signals } = await connected();
  await pass(10);
  peers.a.pause();
  peers.b.pause();
  const before = signals.length;
  a.become("failed");
  b.become("failed");
  await pass(60);
  assert.equal(signals.length, before);
  assert.equal(peers.a.link.state, "interrupted", "not given up: nothing could be tried");
  peers.a.resume();
  peers.b.resume();
  await until(() => peers.a.link.state === "connected");
});

test("offerOfTheOther_whileStable_isAnswered_asToleranceForOtherClients", async () => {
  const { peers, a, b, signals } = await connected();
  const before = signals.length;
  const offer = await b.createOffer({ iceRestart: true });
  await peers.a.receive(2, { type: "offer", sdp: offer.sdp });
  assert.equal(a.remoteDescription.sdp, offer.sdp);
  assert.deepEqual(signals.slice(before).map(({ from, type, generation }) => [from, type, generation])[0], [
    "a",
    "answer",
    2,
  ]);
});

test("offerOfTheOther_whileOffering_isIgnoredByTheLower", async () => {
  const { peers, a, b, start, types } = await pairOf({ relay: (from) => (from === "b" ? undefined : null) });
  start();
  await calm();
  for (const kind of ["audio", "video", "video"]) b.addTransceiver(kind, { direction: "sendrecv" });
  const { sdp } = await b.createOffer();
  await peers.a.receive(5, { type: "offer", sdp });
  assert.equal(a.signalingState, "have-local-offer");
  assert.equal(types("a").includes("answer"), false);
});

test("twoFingerprints_areRefused", async () => {
  const { peers, start, types } = await pairOf({
    relay: (from, generation, signal) => {
      if (signal.type !== "offer") return signal;
      const other = signal.sdp.match(/a=fingerprint.*/)[0].replaceAll(/[0-9A-F]{2}(:|$)/g, "AA$1");
      return { ...signal, sdp: `${signal.sdp}${other}\r\n` };
    },
  });
  const warn = mock.method(console, "warn", () => {});
  start();
  await calm();
  assert.equal(types("b").includes("answer"), false);
  assert.equal(peers.b.link.state, "connecting");
  assert.equal(warn.mock.callCount(), 1);
  warn.mock.restore();
});

test("reports_oncePerGeneration_andAtTheEnd", async () => {
  const { peers, a, b, reports } = await connected();
  await until(() => reports.a.length === 1);
  assert.deepEqual(
    { ...reports.a[0], ms: 0 },
    {
      generation: 1,
      state: "connected",
      route: "srflx",
      protocol: "udp",
      ms: 0,
    },
  );
  assert.equal(peers.a.link.route, "srflx");
  a.become("disconnected");
  a.become("connected");
  await pass(10);
  assert.equal(reports.a.length, 1);
  a.become("failed");
  b.become("failed");
  await until(() => reports.a.length === 2);
  assert.equal(reports.a[1].generation, 2);
  peers.a.close();
  peers.a.close();
  assert.deepEqual(reports.a.slice(2), [{ generation: 2, state: "closed" }]);
  assert.equal(a.closed, true);
});

test("encodings_areComplete_andScaledFromTheTrack", async () => {
  const { peers, a } = await connected();
  peers.a.send({ audio: new FakeTrack("audio"), camera: new FakeTrack("video") });
  peers.a.setTargets(targets({ participants: 3, sharing: false, steps: 0 }));
  await calm();
  const [audio, camera, screen] = a.transceivers.map(({ sender }) => sender.encodings);
  assert.deepEqual(audio, [{ active: true, maxBitrate: 32_000 }]);
  assert.deepEqual(camera, [{ active: true, maxBitrate: 700_000, maxFramerate: 30, scaleResolutionDownBy: 2 }]);
  assert.deepEqual(screen, [{}]);
  a.transceivers[1].sender.cpu = true;
  assert.deepEqual(await peers.a.limitations(), { limited: 1, senders: 1 });
});

test("level_comesFromTheReceiver", async () => {
  const { peers, a } = await connected();
  assert.equal(peers.a.level, 0);
  a.transceivers[0].receiver.getSynchronizationSources = () => [{ audioLevel: 0.4 }];
  assert.equal(peers.a.level, 0.4);
});

/** Loses, repeats and delays signals, and breaks the connection, all by the same random numbers. */
async function convergesAfterChaos(seed) {
  const random = seeded(seed);
  let chaos = true;
  const late = [];
  const peersOf = {};
  const pair = await pairOf({
    relay: (from, generation, signal) => {
      const chance = random();
      const to = from === "a" ? "b" : "a";
      if (!chaos || chance > 0.5) return signal;
      if (chance < 0.2) return undefined;
      if (chance < 0.3) late.push(() => peersOf[to].receive(generation, structuredClone(signal)));
      return signal;
    },
  });
  Object.assign(peersOf, pair.peers);
  pair.start();
  for (let step = 0; step < 120; step++) {
    const chance = random();
    const [peer, connection] = random() < 0.5 ? [pair.peers.a, pair.a] : [pair.peers.b, pair.b];
    if (chance < 0.05) connection.become("failed");
    else if (chance < 0.1) connection.become("disconnected");
    else if (chance < 0.15) peer.pause();
    else if (chance < 0.25) peer.resume();
    else if (chance < 0.3) network.cut = !network.cut;
    else if (chance < 0.35) late.shift()?.();
    await pass(0.5);
  }
  chaos = false;
  network.cut = false;
  pair.peers.a.resume();
  pair.peers.b.resume();
  // A side that believes to be connected learns of the other one's restart.
  await pass(20);
  return pair;
}

for (let seed = 1; seed <= 20; seed++) {
  test(`chaos_${seed}_endsConnected_withTheSameGeneration`, async (t) => {
    t.mock.method(console, "warn", () => {});
    const { peers, a, b } = await convergesAfterChaos(seed);
    assert.deepEqual([peers.a.link.state, peers.b.link.state], ["connected", "connected"]);
    assert.equal(peers.a.generation, peers.b.generation);
    assert.deepEqual([a.signalingState, b.signalingState], ["stable", "stable"]);
    assert.equal(a.remoteUfrag, b.localUfrag);
    assert.equal(b.remoteUfrag, a.localUfrag);
  });
}

// The code

test("code_ofHonestServer_isTheSame_andStaysThroughRestarts", async () => {
  const { peers, a, b, signals } = await connected({ verify: true });
  await until(() => peers.b.code.state === "ready");
  assert.equal(peers.a.code.symbols.length, 5);
  assert.deepEqual(peers.a.code, peers.b.code);
  assert.deepEqual(
    signals.filter(({ blob }) => blob).map(({ from, type }) => `${from} ${type}`),
    ["a offer", "b answer", "a verify"],
  );
  assert.ok(signals.every(({ blob = "" }) => blob.length <= 256));
  const { symbols } = peers.a.code;
  await pass(10);
  a.become("failed");
  b.become("failed");
  await until(() => peers.a.link.state === "connected" && peers.b.link.state === "connected");
  await calm();
  assert.deepEqual([peers.a.code.symbols, peers.b.code.symbols], [symbols, symbols]);
});

test("verify_comesOnlyAfterTheAnswer", async () => {
  const { signals } = await connected({ verify: true });
  await until(() => signals.some(({ type }) => type === "verify"));
  const types = signals.map(({ type }) => type);
  assert.ok(types.indexOf("verify") > types.indexOf("answer"));
});

/** A server in the middle: it replaces certificates by its own, and otherwise relays. */
async function swapped(change) {
  const mine = (await FakeConnection.generateCertificate()).fingerprint;
  return (from, generation, signal) =>
    change(from, { ...signal, sdp: signal.sdp?.replaceAll(/(a=fingerprint:sha-256 ).*(?=\r)/g, `$1${mine}`) });
}

test("relayThatSwapsCertificates_breaksTheCommitment_andEndsThePair", async () => {
  const relay = await swapped((from, signal) => signal);
  const { peers, b, start, reports } = await pairOf({ verify: true, relay });
  start();
  await until(() => peers.b.code.state === "failed");
  assert.equal(peers.b.link.state, "failed");
  assert.equal(b.closed, true);
  assert.equal(reports.b.at(-1).state, "failed");
});

test("relayThatSwapsCertificates_andCommitsItself_leadsToDifferentCodes", async () => {
  const sas = await import("../../main/resources/web/features/call/client/sas.js");
  const random = sas.randomBytes();
  const pair = { call: "c1", offerer: "a", answerer: "b", offererUser: "user-a", answererUser: "user-b" };
  let mine;
  const base = await swapped((from, signal) => signal);
  const swappedSdp = (signal) => base("", 1, signal);
  const peersOf = { current: undefined };
  // The commitment needs real hashing, so the relay passes offers on by itself.
  const relay = (from, generation, signal) => {
    const changed = swappedSdp(signal);
    if (signal.type === "offer") {
      sas.commitment(pair, sas.fingerprintOf(changed.sdp), random).then((own) => {
        mine = own;
        peersOf.current.b.receive(generation, { ...changed, blob: sas.toBase64(own) });
      });
      return undefined;
    }
    if (signal.type === "answer") return { ...changed, blob: sas.toBase64(sas.randomBytes()) };
    if (signal.type === "verify") return { ...signal, blob: sas.toBase64(random) };
    return changed;
  };
  const { peers, start } = await pairOf({ verify: true, relay });
  peersOf.current = peers;
  start();
  await until(() => peers.a.code.state === "ready" && peers.b.code.state === "ready");
  assert.ok(mine);
  assert.notDeepEqual(peers.a.code.symbols, peers.b.code.symbols);
});

for (const [what, change] of Object.entries({
  wrongReveal: (from, signal) => (signal.type === "verify" ? { ...signal, blob: btoa("x".repeat(32)) } : signal),
  shortReveal: (from, signal) => (signal.type === "verify" ? { ...signal, blob: btoa("x") } : signal),
  noReveal: (from, signal) => (signal.type === "verify" ? { type: "verify" } : signal),
})) {
  test(`commitment_${what}_fails`, async () => {
    const { peers, start } = await pairOf({ verify: true, relay: (from, generation, signal) => change(from, signal) });
    start();
    await until(() => peers.b.code.state === "failed");
    assert.equal(peers.b.link.state, "failed");
  });
}

test("certificate_changedByALaterOffer_fails", async () => {
  const { peers, a, b } = await connected({ verify: true });
  await until(() => peers.b.code.state === "ready");
  const { fingerprint } = await FakeConnection.generateCertificate();
  const sdp = b.localDescription.sdp.replaceAll(/(a=fingerprint:sha-256 ).*(?=\r)/g, `$1${fingerprint}`);
  await peers.a.receive(2, { type: "offer", sdp });
  assert.equal(peers.a.code.state, "failed");
  assert.equal(a.closed, true);
});

test("code_ofAClientWithoutOne_staysPending_andMediaFlows", async () => {
  const { peers } = await connected({
    verify: true,
    relay: (from, generation, { blob, ...signal }) => (signal.type === "verify" ? undefined : signal),
  });
  await pass(20);
  assert.deepEqual([peers.a.code.state, peers.b.code.state], ["pending", "pending"]);
  assert.deepEqual([peers.a.link.state, peers.b.link.state], ["connected", "connected"]);
});

test("verify_lost_isRequestedAgain", async () => {
  let lost = 2;
  const { peers } = await connected({
    verify: true,
    relay: (from, generation, signal) => (signal.type === "verify" && lost-- > 0 ? undefined : signal),
  });
  assert.equal(peers.b.code.state, "pending");
  await passUntil(() => peers.b.code.state === "ready");
  assert.deepEqual(peers.a.code.symbols, peers.b.code.symbols);
});

// The queue

test("queue_sendsInOrder_oneAtATime", async () => {
  const sent = [];
  let release;
  const queue = new SignalQueue(({ signal }) => {
    sent.push(signal.type);
    return new Promise((resolve) => (release = resolve));
  });
  queue.add(1, { type: "offer" });
  queue.add(1, { type: "candidates" });
  await calm(3);
  assert.deepEqual(sent, ["offer"]);
  release();
  await calm(3);
  assert.deepEqual(sent, ["offer", "candidates"]);
});

for (const [kind, reason, again] of [
  ["conflict", "call.peer_reconnecting", true],
  ["unavailable", "call.peer_unreachable", true],
  ["forbidden", "call.not_joined", true],
  ["disconnected", "closed.1006", true],
  ["limited", "call.signal_rate", true],
  ["not_found", "call.peer_unknown", false],
  ["invalid", "field.too_long", false],
]) {
  test(`queue_refusedWith_${reason}_${again ? "tries again" : "continues with the next"}`, async () => {
    const sent = [];
    let refused = 1;
    const queue = new SignalQueue(async ({ signal }) => {
      sent.push(signal.type);
      if (refused-- > 0) throw new HongyanError({ kind, reason });
    });
    queue.add(1, { type: "offer" });
    queue.add(1, { type: "candidates" });
    await calm(3);
    assert.deepEqual(sent, again ? ["offer"] : ["offer", "candidates"]);
    mock.timers.tick(1_000);
    await calm(3);
    assert.deepEqual(sent, again ? ["offer", "offer", "candidates"] : ["offer", "candidates"]);
  });
}

test("queue_paused_keepsSignals_andDropsOlderGenerations", async () => {
  const sent = [];
  const queue = new SignalQueue(async ({ generation, signal }) => sent.push(`${generation} ${signal.type}`));
  queue.pause();
  queue.add(1, { type: "offer" });
  queue.add(1, { type: "candidates" });
  queue.add(2, { type: "offer" });
  await calm(3);
  assert.deepEqual(sent, []);
  queue.resume();
  await calm(3);
  assert.deepEqual(sent, ["2 offer"]);
  queue.close();
  queue.add(2, { type: "candidates" });
  await calm(3);
  assert.deepEqual(sent, ["2 offer"]);
});

test("queue_isBounded", async () => {
  const sent = [];
  const queue = new SignalQueue(async ({ signal }) => sent.push(signal));
  queue.pause();
  for (let i = 0; i < 500; i++) queue.add(1, { type: "candidates" });
  queue.resume();
  await calm();
  assert.equal(sent.length, 50);
});
