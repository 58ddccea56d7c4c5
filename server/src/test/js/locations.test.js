import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { serverClock } from "../../main/resources/web/client/server-clock.js";
import { PositionSource } from "../../main/resources/web/features/location/client/position-source.js";
import { cell, centre } from "../../main/resources/web/features/location/grid.js";
import { Locations } from "../../main/resources/web/features/location/locations.js";
import { FakeClient, FakeStorage, settle } from "./fakes.js";
import { FakeDocument, FakeGeolocation, position } from "./location-fakes.js";

const START = Date.UTC(2026, 4, 1, 12);
const SETTINGS = { tileCrs: "wgs84", maxShareSeconds: 86_400, minUpdateMs: 2_000, cellKm: 1 };
const iso = (ms) => new Date(ms).toISOString();

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });
  serverClock.observe(iso(START));
});
afterEach(() => mock.timers.reset());

async function pass(ms) {
  for (let left = ms; left > 0; left -= 1_000) {
    await settle(3);
    mock.timers.tick(Math.min(1_000, left));
  }
  await settle(3);
}

/** Locks of one browser profile: of those with the same name, one is held at a time. */
class FakeLocks {
  #queues = new Map();

  request(name, { signal }, callback) {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const own = before.then(() => (signal.aborted ? undefined : callback()));
    this.#queues.set(name, own);
    return own;
  }
}

/** A page of a user, with a device and a server that answers everything. */
function page({ storage = new FakeStorage(), locks, answers = {} } = {}) {
  const client = new FakeClient();
  client.storage = storage;
  client.connection = { request: (type, data) => client.request(type, data) };
  let shares = 0;
  client.answers = {
    "GET location/map": SETTINGS,
    "location.start": ({ seconds }) => ({ share: `s${++shares}`, seq: 5, expiresAt: iso(Date.now() + seconds * 1000) }),
    "location.shares": { shares: [] },
    "location.stop": {},
    "location.update": {},
    "location.watch": {},
    "nearby.enable": {},
    "nearby.disable": {},
    "nearby.find": { people: [{ user: "bo", distance: "<1km" }] },
    ...answers,
  };
  const store = { viewing: "c", conversations: new Map(), touch() {} };
  const geolocation = new FakeGeolocation();
  const document = new FakeDocument();
  const positions = new PositionSource({ geolocation, document, now: () => serverClock.now() });
  const locations = new Locations(client, store, { positions, locks });
  const notices = [];
  locations.on("notice", (notice) => notices.push(notice));
  const updates = () => client.asked.filter(([type]) => type === "location.update").map(([, data]) => data);
  return { client, store, geolocation, document, locations, notices, updates };
}

const own = (share, minutes = 60, conversation = "c") => ({
  share,
  conversation,
  expiresAt: iso(START + minutes * 60_000),
});
const refuse = (kind, reason, more) => () => Promise.reject(new HongyanError({ kind, reason, ...more }));
const entry = (content, sender = "me", kind = "location") => ({
  conversation: "c",
  snapshots: [{ entry: { conversation: "c", seq: 9, kind, sender, content }, asOf: 9 }],
});

test("start_sendsPositions_untilItIsStopped", async () => {
  const { locations, geolocation, updates, client } = page();
  const { share } = await locations.start("c", { seconds: 900, precision: "precise" });
  assert.equal(share, "s1");
  geolocation.move(45.4642, 9.19, { heading: 90, speed: 2 });
  await pass(1_000);
  assert.deepEqual(updates(), [
    {
      share: "s1",
      n: 1,
      latitude: 45.4642,
      longitude: 9.19,
      accuracy: 10,
      heading: 90,
      speed: 2,
      measuredAt: iso(START),
    },
  ]);
  await locations.stop("s1");
  geolocation.move(45.5, 9.19);
  await pass(30_000);
  assert.equal(updates().length, 1);
  assert.equal(geolocation.watches.size, 0);
  assert.deepEqual(locations.own, []);
  assert.equal(client.storage.length, 0);
});

test("coarseShare_sendsTheCellOnly", async () => {
  const { locations, geolocation, updates } = page();
  await locations.start("c", { seconds: 900, precision: "coarse" });
  geolocation.move(45.4642, 9.19, { heading: 90 });
  await pass(1_000);
  const { latitude, longitude, accuracy, heading } = updates()[0];
  assert.deepEqual({ latitude, longitude }, centre(cell({ latitude: 45.4642, longitude: 9.19 }, 1), 1));
  assert.equal(accuracy, 1_000);
  assert.equal(heading, undefined);
});

test("start_withoutTheSettings_startsNothing", async () => {
  const { locations, client } = page({ answers: { "GET location/map": refuse("unavailable", "store.unavailable") } });
  await assert.rejects(locations.start("c", { seconds: 900, precision: "coarse" }));
  assert.equal(client.count("location.start"), 0);
});

test("startUntil_hasTheEndOfTheOtherShare_andAtLeastAMinute", async () => {
  const { locations, client } = page();
  await locations.startUntil("c", iso(START + 1_234_000), "precise");
  await locations.startUntil("d", iso(START + 5_000), "precise");
  const seconds = client.asked.filter(([type]) => type === "location.start").map(([, data]) => data.seconds);
  assert.deepEqual(seconds, [1_234, 60]);
});

test("share_endsByTheServersClock", async () => {
  const { locations, geolocation, updates } = page();
  await locations.start("c", { seconds: 60, precision: "precise" });
  geolocation.move(45, 9);
  await pass(59_000);
  assert.equal(locations.own.length, 1);
  await pass(1_000);
  assert.equal(locations.own.length, 0);
  const { length } = updates();
  geolocation.move(46, 9);
  await pass(30_000);
  assert.equal(updates().length, length);
});

test("hiddenPage_pauses_andContinuesWithANewPosition", async () => {
  const { locations, geolocation, document, updates } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  geolocation.move(45, 9);
  await pass(1_000);
  document.hide();
  await pass(40_000);
  assert.deepEqual(updates().at(-1), { share: "s1", n: 2, paused: true });
  document.show();
  geolocation.requests.at(-1).done(position(46, 9));
  await pass(1_000);
  assert.equal(updates().at(-1).latitude, 46);
});

test("measurement_thatEndsInAHiddenPage_doesNotEndThePause", async () => {
  const { locations, geolocation, document, updates } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  const measured = locations.positions.measure();
  document.hide();
  geolocation.requests.at(-1).done(position(46, 9));
  assert.equal((await measured).latitude, 46);
  await pass(40_000);
  assert.deepEqual(updates(), [{ share: "s1", n: 1, paused: true }]);
});

test("reload_resumesTheSharesOfThisSession_withHigherNumbers", async () => {
  const storage = new FakeStorage();
  const before = page({ storage });
  await before.locations.start("c", { seconds: 3_600, precision: "precise" });
  before.geolocation.move(45, 9);
  await pass(21_000);
  const used = before.updates().at(-1).n;
  const running = [own("s1"), own("phone", 30, "d")];
  const after = page({ storage, answers: { "location.shares": { shares: running } } });
  after.client.emit("welcome", {});
  await settle();
  const here = after.locations.own.map(({ share, here: sends }) => [share, sends]);
  assert.deepEqual(here, [
    ["phone", false],
    ["s1", true],
  ]);
  after.geolocation.move(46, 9);
  await settle();
  assert.ok(after.updates()[0].n > used);
  assert.ok(after.updates().every(({ share }) => share === "s1"));
});

test("reload_afterTheEnd_forgetsTheShare", async () => {
  const storage = new FakeStorage();
  await page({ storage }).locations.start("c", { seconds: 3_600, precision: "coarse" });
  const after = page({ storage });
  after.client.emit("welcome", {});
  await settle();
  assert.deepEqual(after.locations.own, []);
  assert.equal(storage.length, 0);
});

test("twoTabs_sendOnce_andTheOtherTakesOver", async () => {
  const [storage, locks] = [new FakeStorage(), new FakeLocks()];
  const answers = { "location.shares": { shares: [own("s1")] } };
  const one = page({ storage, locks });
  await one.locations.start("c", { seconds: 3_600, precision: "precise" });
  const two = page({ storage, locks, answers });
  two.client.emit("welcome", {});
  await settle();
  one.geolocation.move(45, 9);
  two.geolocation.move(45, 9);
  await settle();
  assert.equal(one.updates().length, 1);
  assert.equal(two.updates().length, 0);
  // The first tab is closed.
  one.locations.clear();
  await settle(10);
  two.geolocation.move(46, 9);
  await settle();
  assert.deepEqual(two.updates().map(({ n }) => n), [2]); // prettier-ignore
});

test("deniedPermission_stopsTheShares_andOtherProblemsDoNot", async () => {
  const { locations, geolocation, client, notices } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  geolocation.fail(3);
  geolocation.fail(2);
  await settle();
  assert.equal(locations.own.length, 1);
  geolocation.fail(1);
  await settle();
  assert.equal(client.count("location.stop"), 1);
  assert.deepEqual(notices, ["location.stopped_denied"]);
  assert.deepEqual(locations.own, []);
});

test("update_refusedAsEnded_endsTheShare_withANotice", async () => {
  const { locations, geolocation, notices } = page({
    answers: { "location.update": refuse("conflict", "location.ended") },
  });
  await locations.start("c", { seconds: 900, precision: "precise" });
  geolocation.move(45, 9);
  await settle();
  assert.deepEqual(locations.own, []);
  assert.deepEqual(notices, ["location.stopped_other"]);
});

test("update_refusedForTheDevice_keepsTheShareToStop", async () => {
  const { locations, geolocation } = page({
    answers: { "location.update": refuse("conflict", "location.other_device") },
  });
  await locations.start("c", { seconds: 900, precision: "precise" });
  geolocation.move(45, 9);
  await settle();
  assert.deepEqual(locations.own.map(({ here }) => here), [false]); // prettier-ignore
  assert.equal(geolocation.watches.size, 0);
});

test("stop_withoutAnAnswer_sendsNothingMore_andStaysToBeStopped", async () => {
  const { locations, geolocation, updates, client } = page({
    answers: { "location.stop": refuse("unavailable", "store.unavailable") },
  });
  await locations.start("c", { seconds: 900, precision: "precise" });
  await assert.rejects(locations.stop("s1"));
  geolocation.move(45, 9);
  await settle();
  assert.equal(updates().length, 0);
  assert.equal(locations.own.length, 1);
  client.answers["location.stop"] = refuse("not_found", "location.not_found");
  await locations.stop("s1");
  assert.deepEqual(locations.own, []);
});

test("stop_withoutAnAnswer_isNotUndoneByAReloadOrAnotherTab", async () => {
  const [storage, locks] = [new FakeStorage(), new FakeLocks()];
  const answers = {
    "location.shares": { shares: [own("s1")] },
    "location.stop": refuse("unavailable", "store.unavailable"),
  };
  const one = page({ storage, locks, answers });
  await one.locations.start("c", { seconds: 3_600, precision: "precise" });
  const two = page({ storage, locks, answers });
  two.client.emit("welcome", {});
  await settle();
  await assert.rejects(one.locations.stop("s1"));
  await settle();
  const reloaded = page({ storage, locks, answers });
  reloaded.client.emit("welcome", {});
  await settle();
  for (const { geolocation, updates } of [two, reloaded]) {
    geolocation.move(45, 9);
    await settle();
    assert.equal(updates().length, 0);
    assert.equal(geolocation.watches.size, 0);
  }
  assert.deepEqual(reloaded.locations.own.map(({ share, here }) => [share, here]), [["s1", false]]); // prettier-ignore
});

test("stop_whileAnUpdateIsUnanswered_saysNothing", async () => {
  let refuseUpdate;
  const { locations, geolocation, notices } = page({
    answers: { "location.update": () => new Promise((resolve, reject) => (refuseUpdate = reject)) },
  });
  await locations.start("c", { seconds: 900, precision: "precise" });
  geolocation.move(45, 9);
  await settle();
  await locations.stop("s1");
  refuseUpdate(new HongyanError({ kind: "conflict", reason: "location.ended" }));
  await settle();
  assert.deepEqual(notices, []);
});

for (const [entry, content] of [
  ["me", { change: "left" }],
  ["ada", { change: "removed", users: ["me"] }],
]) {
  test(`conversationLeft_by_${entry}_endsTheShareAndEmptiesTheMap`, async () => {
    const { locations, geolocation, client, notices } = page();
    await locations.start("c", { seconds: 900, precision: "precise" });
    await locations.start("d", { seconds: 900, precision: "precise" });
    const { board } = locations.watch("c");
    push(client, [running("ada"), running("me", "s1")]);
    const moved = [];
    locations.on("positions", (conversation) => moved.push([conversation, board.all.length]));
    client.emit("entries", {
      conversation: "c",
      snapshots: [{ entry: { conversation: "c", seq: 9, kind: "group", sender: entry, content }, asOf: 9 }],
    });
    assert.deepEqual(locations.own.map(({ share }) => share), ["s2"]); // prettier-ignore
    assert.deepEqual(moved, [["c", 0]]);
    await locations.stop("s2");
    assert.equal(geolocation.watches.size, 0);
    assert.deepEqual(notices, []);
  });
}

test("memberLeft_keepsTheSharesOfTheUser", async () => {
  const { locations, client } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  client.emit("entries", entry({ change: "left" }, "ada", "group"));
  client.emit("entries", entry({ change: "removed", users: ["bo"] }, "ada", "group"));
  client.emit("entries", entry({ change: "added", users: ["me"] }, "ada", "group"));
  assert.equal(locations.own.length, 1);
});

test("reload_withoutTheSettings_resumesTheCoarseShareLater", async () => {
  const storage = new FakeStorage();
  await page({ storage }).locations.start("c", { seconds: 3_600, precision: "coarse" });
  const { client, geolocation, updates } = page({
    storage,
    answers: {
      "location.shares": { shares: [own("s1")] },
      "GET location/map": refuse("unavailable", "store.unavailable"),
    },
  });
  client.emit("welcome", {});
  await pass(5_000);
  client.answers["GET location/map"] = SETTINGS;
  assert.equal(geolocation.watches.size, 0);
  await pass(10_000);
  geolocation.move(45.4642, 9.19);
  await settle();
  assert.equal(updates().at(-1).accuracy, 1_000);
});

test("stopAll_stopsThoseOfOtherDevices_too", async () => {
  const { locations, client } = page({
    answers: { "location.shares": { shares: [own("a"), own("b", 30, "d")] } },
  });
  client.emit("welcome", {});
  await settle();
  await locations.stopAll();
  const stopped = client.asked.filter(([type]) => type === "location.stop").map(([, { share }]) => share);
  assert.deepEqual(stopped.sort(), ["a", "b"]);
});

test("stopFromAnotherDevice_endsTheMeasurements", async () => {
  const { locations, client, geolocation, updates } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  geolocation.move(45, 9);
  await settle();
  client.emit("entries", entry({ share: "s1", change: "stopped" }));
  assert.equal(geolocation.watches.size, 0);
  await pass(30_000);
  assert.equal(updates().length, 1);
  assert.equal(client.storage.length, 0);
});

test("storage_hasNoCoordinate", async () => {
  const { locations, client, geolocation } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  await enableNearby(locations, geolocation);
  geolocation.move(45.4642, 9.19);
  await settle();
  const keys = Array.from({ length: client.storage.length }, (_, i) => client.storage.key(i));
  assert.deepEqual(keys.sort(), ["hongyan.location.me", "hongyan.nearby.me"]);
  for (const key of keys) assert.doesNotMatch(client.storage.getItem(key), /45\.|9\.19|latitude|accuracy/);
});

test("entries_ofOtherDevices_startAndStop", async () => {
  const { locations, client } = page();
  client.answers["location.shares"] = { shares: [own("phone")] };
  client.emit("entries", entry({ share: "phone", change: "started", expiresAt: iso(START + 3_600_000) }));
  await settle();
  assert.deepEqual(locations.own.map(({ share, here }) => [share, here]), [["phone", false]]); // prettier-ignore
  client.emit("entries", entry({ share: "phone", change: "stopped" }));
  assert.deepEqual(locations.own, []);
});

test("lateEntry_ofAReplacedShare_doesNotEndTheNewOne", async () => {
  const { locations, client } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  await locations.start("c", { seconds: 900, precision: "precise" });
  client.emit("entries", entry({ share: "s1", change: "stopped" }));
  assert.deepEqual(locations.own.map(({ share }) => share), ["s2"]); // prettier-ignore
});

// How many share in the conversation on the screen

const running = (user, share = user, minutes = 10) => ({ share, user, expiresAt: iso(START + minutes * 60_000) });
const push = (client, positions, conversation = "c") => client.emit("location.positions", { conversation, positions });
const unwatched = ({ notified }) => notified.map(([type, { conversation }]) => `${type} ${conversation}`);

/** The loaded part of a log up to `through`. */
function log(store, through, ...items) {
  store.conversations.set("c", { log: { through, items: items.map((entry) => ({ entry })) } });
}
const started = (seq, sender, share, minutes = 10) => ({
  kind: "location",
  seq,
  sender,
  content: { share, change: "started", expiresAt: iso(START + minutes * 60_000) },
});
const stopped = (seq, sender, share) => ({ kind: "location", seq, sender, content: { share, change: "stopped" } });
const group = (seq, sender, content) => ({ kind: "group", seq, sender, content });

test("count_beforeTheServersList_isThatOfTheLog", async () => {
  const { locations, store } = page();
  log(
    store,
    9,
    started(1, "ada", "a"),
    started(2, "bo", "b"),
    stopped(3, "bo", "b"),
    started(4, "cai", "c", -1),
    started(5, "dora", "d"),
    group(6, "dora", { change: "left" }),
    started(7, "eva", "e"),
    group(8, "ada", { change: "removed", users: ["eva"] }),
    stopped(9, "ada", "old"),
  );
  assert.equal(locations.count("c"), 1);
  // The server does not answer, for example because Redis is unavailable.
  await pass(10_000);
  assert.equal(locations.count("c"), 1);
});

test("count_includesSharesFromBeforeTheLoadedLog_byAShortWatch", async () => {
  const { locations, store, client } = page();
  log(store, 50);
  let changes = 0;
  locations.on("changed", () => changes++);
  assert.equal(locations.count("c"), 0);
  assert.equal(client.count("location.watch"), 1);
  await settle();
  push(client, [running("ada"), running("bo")]);
  // A long list comes in parts.
  push(client, [running("cai")]);
  assert.equal(changes, 2);
  assert.equal(locations.count("c"), 3);
  await pass(1_000);
  assert.deepEqual(unwatched(client), ["location.unwatch c"]);
  await pass(60_000);
  assert.equal(locations.count("c"), 3);
  assert.equal(client.count("location.watch"), 1);
});

test("count_afterTheServersList_followsTheLog", async () => {
  const { locations, store, client } = page();
  const before = [started(48, "gone", "g"), started(49, "ada", "a"), group(50, "bo", { change: "left" })];
  log(store, 50, ...before);
  locations.count("c");
  push(client, [running("ada", "a"), running("bo", "b"), running("cai", "c")]);
  // Bo came back after the entry of the log, and the share that the server does not list has ended.
  assert.equal(locations.count("c"), 3);
  log(store, 53, ...before, stopped(51, "cai", "c"), started(52, "dora", "d"), stopped(53, "bo", "older"));
  assert.equal(locations.count("c"), 3);
  log(store, 54, ...before, stopped(51, "cai", "c"), started(52, "dora", "d"), group(54, "ada", { change: "left" }));
  assert.equal(locations.count("c"), 2);
});

test("count_afterTheServersList_fallsAtTheEndOfAShare", async () => {
  const { locations, client } = page();
  locations.count("c");
  push(client, [running("ada", "a", 1), running("bo", "b", 2)]);
  assert.equal(locations.count("c"), 2);
  const counts = [];
  locations.on("changed", () => counts.push(locations.count("c")));
  await pass(120_000);
  assert.deepEqual(counts, [1, 0]);
});

test("count_isListedAgain_afterWelcomeSyncAndInAnotherConversation", async () => {
  const { locations, store, client } = page();
  locations.count("c");
  push(client, [running("ada")]);
  await pass(1_000);
  for (const [event, detail, user] of [
    ["welcome", {}, "bo"],
    ["syncRequired", null, "cai"],
  ]) {
    client.emit(event, detail);
    await settle();
    // Until then, the old number stays.
    assert.equal(locations.count("c"), 1);
    push(client, [running(user), running("dora")]);
    assert.equal(locations.count("c"), 2);
    push(client, [{ share: "dora", user: "dora", ended: true }]);
    assert.equal(locations.count("c"), 1);
    await pass(1_000);
  }
  assert.equal(client.count("location.watch"), 3);
  store.viewing = "d";
  assert.equal(locations.count("d"), 0);
  store.viewing = "e";
  assert.equal(locations.count("e"), 0);
  // The list of the one before is not awaited any more: a socket has few watches.
  assert.deepEqual(unwatched(client).slice(3), ["location.unwatch d"]);
});

test("count_ofAnotherConversation_asksTheServerNothing", () => {
  const { locations, client } = page();
  assert.equal(locations.count("d"), 0);
  assert.equal(client.count("location.watch"), 0);
});

test("count_afterLeavingAndComingBack_isListedAgain", async () => {
  const { locations, store, client } = page();
  log(store, 50);
  locations.count("c");
  push(client, [running("ada"), running("bo")]);
  await pass(1_000);
  client.emit("entries", entry({ change: "removed", users: ["me"] }, "ada", "group"));
  assert.equal(locations.count("c"), 0);
  push(client, [running("ada")]);
  assert.equal(locations.count("c"), 1);
});

test("count_withoutAList_endsItsWatchAfterSeconds", async () => {
  const { locations, client } = page();
  locations.count("c");
  await pass(3_000);
  assert.deepEqual(unwatched(client), []);
  await pass(2_000);
  assert.deepEqual(unwatched(client), ["location.unwatch c"]);
});

test("count_whileAMapIsOpenOrOpens_usesItsWatch", async () => {
  const { locations, client } = page();
  locations.count("c");
  const map = locations.watch("c");
  push(client, [running("ada"), running("bo")]);
  await pass(10_000);
  assert.deepEqual(unwatched(client), []);
  assert.equal(map.board.all.length, 2);
  client.emit("syncRequired", null);
  await settle();
  locations.count("c");
  push(client, [running("ada")]);
  await pass(10_000);
  assert.equal(client.count("location.watch"), 2);
  assert.deepEqual(unwatched(client), []);
  assert.equal(locations.count("c"), 1);
  map.stop();
  assert.deepEqual(unwatched(client), ["location.unwatch c"]);
  assert.equal(locations.count("c"), 1);
  assert.equal(client.count("location.watch"), 2);
});

test("map_openedAfterTheList_hasItsShares", async () => {
  const { locations, client } = page();
  locations.count("c");
  push(client, [running("ada")]);
  const map = locations.watch("c");
  assert.equal(map.board.received, true);
  await pass(1_000);
  assert.deepEqual(unwatched(client), []);
  assert.equal(client.count("location.watch"), 1);
});

test("watch_stoppedBeforeItsAnswer_isEndedAfterIt", async () => {
  let answer;
  const { locations, client } = page({
    answers: { "location.watch": () => new Promise((resolve) => (answer = resolve)) },
  });
  locations.watch("c").stop();
  assert.equal(unwatched(client).length, 1);
  answer({});
  await settle();
  assert.equal(unwatched(client).length, 2);
});

test("watch_stoppedWhileOffline_isNotSentLater", () => {
  const { locations, client } = page();
  const sent = [];
  client.request = async (type, data, { shouldSend } = {}) => sent.push([type, shouldSend]);
  const { stop } = locations.watch("c");
  const [[type, shouldSend]] = sent;
  assert.deepEqual([type, shouldSend()], ["location.watch", true]);
  stop();
  assert.equal(shouldSend(), false);
});

test("map_closedAfterASignOut_doesNotEndTheWatchOfTheNextUser", () => {
  const { locations, client } = page();
  const old = locations.watch("d");
  locations.clear();
  const map = locations.watch("d");
  old.stop();
  old.stop();
  assert.deepEqual(unwatched(client), []);
  map.stop();
  assert.deepEqual(unwatched(client), ["location.unwatch d"]);
});

test("watch_isRepeatedAfterWelcomeAndSync_andDropsWhatHasEnded", async () => {
  const { locations, client } = page();
  const { board, stop } = locations.watch("c");
  const second = locations.watch("c");
  assert.equal(client.count("location.watch"), 1);
  client.emit("location.positions", {
    conversation: "c",
    positions: [
      { share: "a", user: "ada", expiresAt: iso(START + 600_000) },
      { share: "b", user: "bo", expiresAt: iso(START + 600_000) },
    ],
  });
  assert.equal(locations.count("c"), 2);
  client.emit("welcome", {});
  client.emit("syncRequired", null);
  await settle();
  assert.equal(client.count("location.watch"), 3);
  client.emit("location.positions", {
    conversation: "c",
    positions: [{ share: "b", user: "bo", expiresAt: iso(START + 600_000) }],
  });
  await pass(5_000);
  assert.deepEqual(board.all.map(({ share }) => share), ["b"]); // prettier-ignore
  stop();
  assert.deepEqual(client.notified, []);
  second.stop();
  assert.deepEqual(client.notified, [["location.unwatch", { conversation: "c" }]]);
});

test("watch_repeatedWhilePositionsAreUnavailable_keepsTheShares", async () => {
  const { locations, client } = page();
  const { board } = locations.watch("c");
  push(client, [running("ada", "a"), running("bo", "b")]);
  await pass(10_000);
  client.emit("welcome", {});
  await pass(20_000);
  assert.equal(board.all.length, 2);
  assert.equal(locations.count("c"), 2);
  push(client, [running("bo", "b")]);
  await pass(5_000);
  assert.deepEqual(board.all.map(({ share }) => share), ["b"]); // prettier-ignore
  assert.equal(locations.count("c"), 1);
});

test("signOut_endsTheUpdates_andForgetsEverything", async () => {
  const { locations, geolocation, client, updates } = page();
  await locations.start("c", { seconds: 900, precision: "precise" });
  await enableNearby(locations, geolocation);
  const { length } = updates();
  locations.deleteLocalData();
  locations.clear();
  geolocation.move(45, 9);
  await pass(30_000);
  assert.equal(updates().length, length);
  assert.equal(client.storage.length, 0);
  assert.equal(geolocation.watches.size, 0);
});

// Nearby

async function enableNearby({ nearby }, geolocation, seconds = 3_600) {
  const enabled = nearby.enable(seconds);
  await settle();
  geolocation.requests.at(-1).done(position(45.4642, 9.19));
  await enabled;
}

test("nearby_enable_sendsTheCellOnly", async () => {
  const { locations, client, geolocation } = page();
  await enableNearby(locations, geolocation);
  const [, data] = client.asked.find(([type]) => type === "nearby.enable");
  const middle = centre(cell({ latitude: 45.4642, longitude: 9.19 }, 1), 1);
  assert.deepEqual(data, { ...middle, seconds: 3_600 });
  assert.equal(locations.nearby.until, iso(START + 3_600_000));
  await pass(3_600_000);
  assert.equal(locations.nearby.until, undefined);
});

test("nearby_find_movesTheUserFirst_andKeepsTheEnd", async () => {
  const { locations, client, geolocation } = page();
  await enableNearby(locations, geolocation);
  await pass(600_000);
  const found = locations.nearby.find(3_000);
  await settle();
  geolocation.requests.at(-1).done(position(45.5642, 9.19));
  assert.deepEqual(await found, [{ user: "bo", distance: "<1km" }]);
  const [first, second] = client.asked.filter(([type]) => type === "nearby.enable").map(([, data]) => data);
  assert.equal(second.seconds, 3_000);
  assert.notEqual(second.latitude, first.latitude);
  assert.equal(locations.nearby.until, iso(START + 3_600_000));
});

test("nearby_find_whenItHasEnded_saysSo", async () => {
  const { locations, geolocation } = page({
    answers: { "nearby.find": refuse("conflict", "nearby.not_enabled") },
  });
  await enableNearby(locations, geolocation);
  const found = locations.nearby.find(1_000);
  await settle();
  geolocation.requests.at(-1).done(position(45.4642, 9.19));
  await assert.rejects(found, ({ reason }) => reason === "nearby.not_enabled");
  assert.equal(locations.nearby.until, undefined);
});

test("nearby_enable_withoutAPosition_asksTheServerNothing", async () => {
  const { locations, client, geolocation } = page();
  const enabled = locations.nearby.enable(3_600);
  await settle();
  geolocation.requests.at(-1).failed({ code: 1 });
  await assert.rejects(enabled, (problem) => problem === "denied");
  assert.equal(client.count("nearby.enable"), 0);
  assert.equal(locations.nearby.until, undefined);
});
