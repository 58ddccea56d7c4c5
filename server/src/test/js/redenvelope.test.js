import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { EnvelopeFollower } from "../../main/resources/web/features/redenvelope/envelope-follower.js";
import { Envelopes } from "../../main/resources/web/features/redenvelope/envelopes.js";
import redenvelope from "../../main/resources/web/features/redenvelope/feature.js";
import { openings } from "../../main/resources/web/features/redenvelope/openings.js";
import { FakeClient, message, settle } from "./fakes.js";

let client;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  client = new FakeClient();
});
afterEach(() => mock.timers.reset());

const fail =
  (kind, reason = kind) =>
  () =>
    Promise.reject(new HongyanError({ kind, reason }));
const view = (changes = {}) => ({
  envelope: "e",
  conversation: "c",
  sender: "bob",
  kind: "lucky",
  greeting: "",
  total: 100,
  count: 3,
  taken: 0,
  takenAmount: 0,
  state: "open",
  openers: [],
  at: "2026-01-01T12:00:00.000Z",
  ...changes,
});
const at = (second) => `2026-01-01T12:00:${String(second).padStart(2, "0")}.000Z`;
const opened = (taken, ...openings) => ({
  envelope: "e",
  openings: openings.map(([user, amount]) => ({ user, amount, at: at(taken) })),
  taken,
  count: 3,
});

// Envelopes

test("get_requestsAnEnvelopeOnce", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view();
  assert.equal(envelopes.get("e"), undefined);
  envelopes.get("e");
  await settle();
  envelopes.get("e");
  await settle();
  assert.equal(client.count("envelope.view"), 1);
  assert.equal(envelopes.get("e").state, "unopened");
});

test("get_ofManyEnvelopes_limitsConcurrentRequests", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = () => new Promise(() => {});
  for (let i = 0; i < 20; i++) envelopes.get(`e${i}`);
  await settle();
  assert.equal(client.count("envelope.view"), 2);
  assert.deepEqual(
    client.asked.map(([, { envelope }]) => envelope),
    ["e19", "e18"],
  );
});

for (const [state, mine, expected] of [
  ["open", undefined, "unopened"],
  ["open", 5, "opened"],
  ["exhausted", undefined, "empty"],
  ["exhausted", 5, "opened"],
  ["expired", undefined, "expired"],
  ["expired", 5, "opened"],
]) {
  test(`state_${state}_withOwnShare_${mine}_is_${expected}`, async () => {
    const envelopes = new Envelopes(client);
    client.answers["envelope.view"] = view({ state, mine });
    await envelopes.view("e");
    assert.equal(envelopes.get("e").state, expected);
  });
}

for (const [outcome, amount, expected] of [
  ["opened", 7, "opened"],
  ["already", 7, "opened"],
  ["empty", undefined, "empty"],
  ["expired", undefined, "expired"],
]) {
  test(`open_answered_${outcome}_isStoredAcrossAReload`, async () => {
    client.answers["envelope.open"] = { outcome, amount };
    assert.deepEqual(await new Envelopes(client).open("e"), { outcome, amount });
    const later = new Envelopes(client);
    client.answers["envelope.view"] = () => new Promise(() => {});
    assert.equal(later.get("e").state, expected);
    assert.equal(later.get("e").mine, amount);
  });
}

test("get_ofAMissingEnvelope_isGone_andAFailedOneIsRequestedAgain", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = fail("unavailable");
  envelopes.get("e");
  await settle();
  client.answers["envelope.view"] = fail("not_found", "envelope.not_found");
  envelopes.get("e");
  await settle();
  assert.equal(client.count("envelope.view"), 2);
  assert.equal(envelopes.get("e").state, "gone");
  await settle();
  assert.equal(client.count("envelope.view"), 2);
});

test("opened_repeated_isAddedOnce", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view();
  await envelopes.view("e");
  client.emit("envelope.opened", opened(1, ["eve", 40]));
  client.emit("envelope.opened", opened(2, ["eve", 40], ["me", 9]));
  client.emit("envelope.opened", opened(1, ["eve", 40]));
  const known = envelopes.get("e");
  assert.deepEqual(
    known.view.openers.map(({ user, amount }) => [user, amount]),
    [
      ["eve", 40],
      ["me", 9],
    ],
  );
  assert.equal(known.view.takenAmount, 49);
  assert.equal(known.state, "opened");
  assert.equal(known.mine, 9);
});

test("opened_withAGap_updatesTheCount_andReadsTheListOnceASecond", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view();
  await envelopes.view("e");
  client.emit("envelope.opened", opened(2, ["eve", 40]));
  client.emit("envelope.opened", opened(3, ["mia", 10]));
  assert.equal(envelopes.get("e").view.taken, 3);
  assert.equal(client.count("envelope.view"), 1);
  mock.timers.tick(1_000);
  assert.equal(client.count("envelope.view"), 2);
});

test("opened_beforeTheEnvelopeIsShown_isKept", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view({ mine: 9 });
  client.emit("envelope.opened", opened(1, ["me", 9]));
  assert.equal(envelopes.get("e").state, "opened");
  assert.equal(envelopes.get("e").mine, 9);
});

test("closed_isReadAgain_ifItWasShown", async () => {
  const envelopes = new Envelopes(client);
  client.emit("envelope.closed", { envelope: "e", state: "exhausted" });
  mock.timers.tick(1_000);
  assert.equal(client.count("envelope.view"), 0);
  client.answers["envelope.view"] = view();
  await envelopes.view("e");
  client.answers["envelope.view"] = view({ state: "exhausted" });
  client.emit("envelope.closed", { envelope: "e", state: "exhausted" });
  mock.timers.tick(1_000);
  await settle();
  assert.equal(envelopes.get("e").state, "empty");
});

test("watch_isRenewedOnReconnect_andEndsWithTheLastWatcher", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.watch"] = view();
  const one = envelopes.watch("e");
  const other = envelopes.watch("e");
  client.emit("welcome", { features: [] });
  await settle();
  assert.equal(client.count("envelope.watch"), 2);
  one();
  one();
  assert.deepEqual(client.notified, []);
  other();
  assert.deepEqual(client.notified, [["envelope.unwatch", { envelope: "e" }]]);
  client.emit("welcome", { features: [] });
  assert.equal(client.count("envelope.watch"), 2);
});

test("clear_leavesNothingToTheNextUser", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.open"] = { outcome: "opened", amount: 7 };
  await envelopes.open("e");
  client.user = { id: "eve" };
  envelopes.clear();
  client.answers["envelope.view"] = () => new Promise(() => {});
  assert.equal(envelopes.get("e"), undefined);
});

test("loadLimits_overridesTheDefaults", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.limits"] = { sharesMax: 7 };
  await envelopes.loadLimits();
  assert.equal(envelopes.limits.sharesMax, 7);
  assert.equal(envelopes.limits.greetingMax, 25);
});

test("isBubble_dependsOnTheNodesFeatures", () => {
  const { isBubble, line } = redenvelope.entries.envelope;
  const entry = message(1, { kind: "envelope", content: { envelope: "e", greeting: "Hi" }, summary: "Red envelope" });
  const envelopes = new Envelopes(client);
  const store = { part: () => envelopes };
  assert.equal(isBubble(store, entry), false);
  assert.equal(line(store, entry), undefined);
  client.emit("welcome", { features: ["envelope.send"] });
  assert.equal(isBubble(store, entry), true);
});

test("deleteLocalData_leavesNothingOnTheDevice", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.open"] = { outcome: "opened", amount: 7 };
  await envelopes.open("e");
  assert.equal(client.storage.length, 1);
  envelopes.deleteLocalData();
  assert.equal(client.storage.length, 0);
});

// Openings

const openers = (...users) => users.map((user, i) => ({ user, amount: 1, at: at(i + 1) }));

test("openings_areVisibleToSenderAndOpenerOnly", () => {
  const openersOf = (sender, ...users) =>
    openings([view({ sender, openers: openers(...users) })], "c", "me").map((opening) => opening.openers);
  assert.deepEqual(openersOf("me", "bob", "eve"), [["bob"], ["eve"]]);
  assert.deepEqual(openersOf("bob", "eve", "me"), [["me"]]);
  assert.deepEqual(openersOf("bob", "eve"), []);
});

test("openings_ofManyUsers_areOneLine", () => {
  const [opening, ...more] = openings([view({ sender: "me", openers: openers("a", "b", "c", "d") })], "c", "me");
  assert.equal(opening.count, 4);
  assert.equal(opening.at, at(4));
  assert.deepEqual(more, []);
});

test("openings_ofAnotherConversation_areNotShown", () => {
  assert.deepEqual(openings([view({ sender: "me", openers: openers("bob") })], "d", "me"), []);
});

test("follower_watchesTheNewestOpenEnvelopes", async () => {
  const envelopes = new Envelopes(client);
  const closed = ["e5"];
  const state = ({ envelope }) => view({ envelope, state: closed.includes(envelope) ? "exhausted" : "open" });
  client.answers = { "envelope.view": state, "envelope.watch": state };
  for (let i = 0; i < 8; i++) await envelopes.view(`e${i}`);
  const items = Array.from({ length: 8 }, (_, i) => {
    const content = { envelope: `e${i}`, count: i === 6 ? 1 : 3 };
    return { entry: message(i + 1, { kind: "envelope", content }), asOf: i + 1 };
  });
  const follower = new EnvelopeFollower(envelopes);
  follower.follow([...items, { entry: message(9), asOf: 9 }]);
  follower.follow(items);
  assert.deepEqual(
    client.asked.filter(([type]) => type === "envelope.watch").map(([, { envelope }]) => envelope),
    ["e7", "e4", "e3", "e2"],
  );
  closed.push("e7");
  await envelopes.view("e7");
  follower.follow(items);
  assert.deepEqual(client.notified, [["envelope.unwatch", { envelope: "e7" }]]);
  follower.stop();
  assert.equal(client.notified.length, 5);
});
