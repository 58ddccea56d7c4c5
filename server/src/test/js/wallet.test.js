import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Emitter } from "../../main/resources/web/client/emitter.js";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { envelopeLines } from "../../main/resources/web/store/envelope-lines.js";
import { EnvelopeWatch } from "../../main/resources/web/store/envelope-watch.js";
import { Envelopes } from "../../main/resources/web/store/envelopes.js";
import { Intents } from "../../main/resources/web/store/intents.js";
import { Wallet } from "../../main/resources/web/store/wallet.js";
import { timelineRows } from "../../main/resources/web/views/rows.js";
import { FakeStorage, message, settle } from "./fakes.js";

/** A client that answers what it is told to. */
class FakeClient extends Emitter {
  user = { id: "me" };
  storage = new FakeStorage();
  asked = [];
  told = [];
  answers = {};

  speaks() {
    return true;
  }

  call(type, data) {
    this.asked.push([type, data]);
    const answer = this.answers[type];
    return Promise.resolve(typeof answer === "function" ? answer(data) : answer);
  }

  pay(type, data, wanted) {
    this.wanted = wanted;
    return this.call(type, data);
  }

  http(method, path, body) {
    return this.call(`${method} ${path}`, body);
  }

  tell(type, data) {
    this.told.push([type, data]);
  }

  count(type) {
    return this.asked.filter(([asked]) => asked === type).length;
  }
}

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
const intent = (changes = {}) => ({
  type: "envelope.send",
  conversation: "c",
  data: { conversation: "c", clientId: "id-1", amount: 100 },
  ...changes,
});
const topUp = (changes = {}) => ({
  type: "top-up",
  conversation: "",
  data: { clientId: "key-1", amount: 5_000 },
  ...changes,
});
const TOP_UPS = "POST wallet/top-ups";
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
  change: "opened",
  envelope: "e",
  openings: openings.map(([user, amount]) => ({ user, amount, at: at(taken) })),
  taken,
  count: 3,
});

// Payments

test("pay_whenTheAnswerIsLost_isRememberedAcrossAReload_withItsClientId", async () => {
  for (const kind of ["network", "disconnected", "timeout", "unavailable", "offline", "limited"]) {
    client.answers["envelope.send"] = fail(kind);
    await assert.rejects(new Wallet(client).pay(intent()));
    assert.deepEqual(new Wallet(client).intents.get("envelope.send", "c"), intent(), kind);
  }
});

test("pay_whenTheServerFailed_isRemembered_forItMayHaveBeenPaid", async () => {
  client.answers["envelope.send"] = fail("internal");
  await assert.rejects(new Wallet(client).pay(intent()));
  assert.deepEqual(new Wallet(client).intents.get("envelope.send", "c"), intent());
});

test("pay_whenItIsNoRefusalOfTheServer_isRemembered", async () => {
  // The session is over, or a proxy says what it says while nodes are replaced: an earlier try may have been paid.
  for (const [kind, reason] of [["unauthenticated", "session.none"], ["not_found"], ["forbidden"], ["invalid"]]) {
    client.answers["envelope.send"] = fail(kind, reason);
    await assert.rejects(new Wallet(client).pay(intent()));
    assert.deepEqual(new Wallet(client).intents.get("envelope.send", "c"), intent(), kind);
  }
});

test("pay_whenSomebodyElseIsHereByTheAnswer_leavesTheirsAlone", async () => {
  const wallet = new Wallet(client);
  let answer;
  client.answers[TOP_UPS] = () => new Promise((resolve) => (answer = resolve));
  const paid = wallet.pay(topUp());
  client.user = { id: "eve" };
  wallet.clear();
  const hers = topUp({ data: { clientId: "key-2", amount: 1 } });
  wallet.intents.keep(hers);
  answer({});
  await paid;
  assert.deepEqual(wallet.intents.get("top-up", ""), hers);
  assert.equal(new Intents(client.storage, "me").get("top-up", ""), null);
});

test("pay_whenItIsAnswered_isForgotten", async () => {
  const wallet = new Wallet(client);
  client.answers["envelope.send"] = { seq: 1 };
  await wallet.pay(intent());
  assert.equal(wallet.intents.get("envelope.send", "c"), null);
  for (const refusal of [fail("conflict", "wallet.insufficient"), fail("limited", "wallet.daily_limit")]) {
    client.answers["envelope.send"] = refusal;
    await assert.rejects(wallet.pay(intent()));
    assert.equal(wallet.intents.get("envelope.send", "c"), null);
  }
});

test("topUp_whoseAnswerIsMissing_isAskedForAgainWithTheSameKey_alsoAfterAReload", async () => {
  const losses = [["network"], ["timeout"], ["unavailable", "wallet.payment_pending"], ["internal"]];
  for (const loss of losses) {
    client.answers[TOP_UPS] = fail(...loss);
    await assert.rejects(new Wallet(client).pay(topUp()));
    assert.deepEqual(new Wallet(client).intents.get("top-up", ""), topUp(), loss.join());
  }
  client.answers = { [TOP_UPS]: { topUp: "t" }, "wallet.balance": { balance: 5_000, revision: 1 } };
  const later = new Wallet(client);
  await later.pay(later.intents.get("top-up", ""));
  assert.equal(later.intents.get("top-up", ""), null);
  const asked = client.asked.filter(([type]) => type === TOP_UPS).map(([, body]) => body);
  assert.deepEqual(asked, Array(losses.length + 1).fill({ amount: 5_000, key: "key-1" }));
  await settle();
  assert.equal(later.balance, 5_000);
});

test("topUp_thatIsRefused_isForgotten", async () => {
  for (const refusal of [
    ["conflict", "wallet.declined"],
    ["forbidden", "wallet.no_provider"],
    ["limited", "wallet.top_ups_limited"],
  ]) {
    const wallet = new Wallet(client);
    client.answers[TOP_UPS] = fail(...refusal);
    await assert.rejects(wallet.pay(topUp()));
    assert.equal(wallet.intents.get("top-up", ""), null, refusal[1]);
  }
});

test("transfer_isFoundAmongTheNewest", async () => {
  const wallet = new Wallet(client);
  client.answers["wallet.transfers"] = { transfers: [{ transfer: "a" }, { transfer: "b", expiresAt: at(1) }] };
  assert.equal((await wallet.transfer("b")).expiresAt, at(1));
  assert.equal(await wallet.transfer("c"), undefined);
});

test("pay_isRememberedBeforeItIsAsked", async () => {
  const wallet = new Wallet(client);
  client.answers["envelope.send"] = () => {
    assert.deepEqual(new Intents(client.storage, "me").get("envelope.send", "c"), intent());
    return { seq: 1 };
  };
  await wallet.pay(intent());
  assert.equal(client.count("envelope.send"), 1);
});

test("intent_whoseEntryArrives_isForgotten", () => {
  const intents = new Intents(client.storage, "me");
  intents.keep(intent());
  intents.delivered("c", "another");
  intents.delivered("d", "id-1");
  assert.deepEqual(intents.get("envelope.send", "c"), intent());
  intents.delivered("c", "id-1");
  assert.equal(intents.get("envelope.send", "c"), null);
});

test("intents_areOnesOwn_andOutliveAFullStorage", () => {
  const intents = new Intents(client.storage, "me");
  client.storage.full = true;
  intents.keep(intent());
  assert.deepEqual(intents.get("envelope.send", "c"), intent());
  assert.equal(intents.get("wallet.transfer", "c"), null);
  assert.equal(new Intents(client.storage, "eve").get("envelope.send", "c"), null);
});

// The balance

test("balance_thatWasPushed_isNotOverwrittenByAnOlderAnswer", async () => {
  const wallet = new Wallet(client);
  client.answers["envelope.limits"] = { currency: "CNY", sharesMax: 7 };
  client.answers["wallet.limits"] = { transferMax: 8 };
  client.answers["wallet.balance"] = () => {
    client.emit("wallet", { balance: 5, revision: 2 });
    return { balance: 4, currency: "CNY", revision: 1 };
  };
  await wallet.load();
  assert.equal(wallet.balance, 5);
  assert.equal(wallet.currency, "CNY");
  assert.equal(wallet.limits.sharesMax, 7);
  assert.equal(wallet.limits.transferMax, 8);
});

test("balance_ofADatabaseThatWasPutBack_isTaken", () => {
  const wallet = new Wallet(client);
  client.emit("wallet", { balance: 5, revision: 9 });
  client.emit("wallet", { balance: 4, revision: 8 });
  assert.equal(wallet.balance, 5);
  client.emit("welcome", { features: [] });
  client.emit("wallet", { balance: 4, revision: 8 });
  assert.equal(wallet.balance, 4);
});

test("balance_isAskedForAgainAfterAnAbsence_onceAnybodyWantedIt", async () => {
  const wallet = new Wallet(client);
  client.answers = { "wallet.balance": { balance: 1, currency: "points", revision: 1 } };
  client.emit("welcome", { features: ["envelope.send"] });
  assert.equal(client.count("wallet.balance"), 0);
  assert.equal(wallet.enabled, true);
  wallet.want();
  wallet.want();
  await settle();
  client.emit("welcome", { features: ["envelope.send"] });
  assert.equal(client.count("wallet.balance"), 2);
  client.emit("welcome", { features: ["message.send"] });
  assert.equal(wallet.enabled, false);
});

// Envelopes

test("envelope_isAskedForOnce_andItsStateFollows", async () => {
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

test("envelopes_areNotAskedForAllAtOnce", async () => {
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
  test(`envelope_${state}_ofWhichOneGot_${mine}_is_${expected}`, async () => {
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
  test(`open_answered_${outcome}_isRememberedAcrossAReload`, async () => {
    client.answers["envelope.open"] = { outcome, amount };
    assert.deepEqual(await new Envelopes(client).open("e"), { outcome, amount });
    const later = new Envelopes(client);
    client.answers["envelope.view"] = () => new Promise(() => {});
    assert.equal(later.get("e").state, expected);
    assert.equal(later.get("e").mine, amount);
  });
}

test("envelope_thatIsNotThere_isGone_andOneThatCannotBeHadNowIsAskedForAgain", async () => {
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

test("opened_isAddedOnce_andMakesItMine", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view();
  await envelopes.view("e");
  client.emit("envelope", opened(1, ["eve", 40]));
  client.emit("envelope", opened(2, ["eve", 40], ["me", 9]));
  client.emit("envelope", opened(1, ["eve", 40]));
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

test("opened_withAGap_movesTheBar_andTheListIsReadOnceASecond", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view();
  await envelopes.view("e");
  client.emit("envelope", opened(2, ["eve", 40]));
  client.emit("envelope", opened(3, ["mia", 10]));
  assert.equal(envelopes.get("e").view.taken, 3);
  assert.equal(client.count("envelope.view"), 1);
  mock.timers.tick(1_000);
  assert.equal(client.count("envelope.view"), 2);
});

test("opened_ofWhatIsNotOnTheScreen_isKnownWhenItIsShown", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.view"] = view({ mine: 9 });
  client.emit("envelope", opened(1, ["me", 9]));
  assert.equal(envelopes.get("e").state, "opened");
  assert.equal(envelopes.get("e").mine, 9);
});

test("closed_isReadAnew_ifAnybodyCares", async () => {
  const envelopes = new Envelopes(client);
  client.emit("envelope", { change: "closed", envelope: "e", state: "exhausted" });
  mock.timers.tick(1_000);
  assert.equal(client.count("envelope.view"), 0);
  client.answers["envelope.view"] = view();
  await envelopes.view("e");
  client.answers["envelope.view"] = view({ state: "exhausted" });
  client.emit("envelope", { change: "closed", envelope: "e", state: "exhausted" });
  mock.timers.tick(1_000);
  await settle();
  assert.equal(envelopes.get("e").state, "empty");
});

test("watch_isRenewedWithEachConnection_andEndsWithTheLastWatcher", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.watch"] = view();
  const one = envelopes.watch("e");
  const other = envelopes.watch("e");
  client.emit("welcome", { features: [] });
  await settle();
  assert.equal(client.count("envelope.watch"), 2);
  one();
  one();
  assert.deepEqual(client.told, []);
  other();
  assert.deepEqual(client.told, [["envelope.unwatch", { envelope: "e" }]]);
  client.emit("welcome", { features: [] });
  assert.equal(client.count("envelope.watch"), 2);
});

test("clear_leavesNothingToTheNextPerson", async () => {
  const envelopes = new Envelopes(client);
  client.answers["envelope.open"] = { outcome: "opened", amount: 7 };
  await envelopes.open("e");
  client.user = { id: "eve" };
  envelopes.clear();
  client.answers["envelope.view"] = () => new Promise(() => {});
  assert.equal(envelopes.get("e"), undefined);
});

// Lines and rows

const openers = (...users) => users.map((user, i) => ({ user, amount: 1, at: at(i + 1) }));

test("lines_areForTheTwoPartiesOnly", () => {
  const lines = (sender, ...users) =>
    envelopeLines([view({ sender, openers: openers(...users) })], "c", "me").map((line) => line.openers);
  assert.deepEqual(lines("me", "bob", "eve"), [["bob"], ["eve"]]);
  assert.deepEqual(lines("bob", "eve", "me"), [["me"]]);
  assert.deepEqual(lines("bob", "eve"), []);
});

test("lines_ofACrowd_areOne", () => {
  const [line, ...more] = envelopeLines([view({ sender: "me", openers: openers("a", "b", "c", "d") })], "c", "me");
  assert.equal(line.count, 4);
  assert.equal(line.at, at(4));
  assert.deepEqual(more, []);
});

test("lines_ofAnotherConversation_areNotShown", () => {
  assert.deepEqual(envelopeLines([view({ sender: "me", openers: openers("bob") })], "d", "me"), []);
});

const rows = (entries, more = {}) =>
  timelineRows({
    items: entries.map((entry) => ({ entry, asOf: entry.seq })),
    waiting: [],
    conversation: "c",
    me: "me",
    unreadAfter: null,
    sameDay: () => true,
    money: true,
    ...more,
  }).filter(({ type }) => type !== "day");
const transfer = (seq, change, sender = "bob", id = "t") =>
  message(seq, { kind: "transfer", sender, content: { transfer: id, change, amount: 5 }, summary: "Transfer" });

test("rows_ofATransfer_sayWhatBecameOfIt", () => {
  const [sent, text, accepted] = rows([transfer(1, "sent"), message(2), transfer(3, "accepted", "me")]);
  assert.equal(sent.type, "message");
  assert.equal(sent.transfer, "accepted");
  assert.equal(text.transfer, undefined);
  assert.equal(accepted.type, "note");
  assert.equal(rows([transfer(1, "sent"), transfer(2, "refused", "me", "other")])[0].transfer, "pending");
});

test("rows_ofMoney_areNotesWhereTheNodeKnowsNone", () => {
  const envelope = message(1, { kind: "envelope", content: { envelope: "e" }, summary: "Red envelope" });
  assert.deepEqual(
    rows([envelope, transfer(2, "sent")], { money: false }).map(({ type }) => type),
    ["note", "note"],
  );
  assert.equal(rows([envelope])[0].type, "message");
});

test("rows_ofAnUnreadEnvelope_beginWithTheDivider", () => {
  const envelope = message(2, { kind: "envelope", content: { envelope: "e" }, summary: "Red envelope" });
  assert.deepEqual(
    rows([message(1), envelope], { unreadAfter: 1 }).map(({ type }) => type),
    ["message", "unread", "message"],
  );
});

test("rows_putALineWhereItHappened_andNoneBeforeWhatIsLoaded", () => {
  const line = (second) => ({
    key: `l${second}`,
    envelope: "e",
    at: at(second),
    sender: "me",
    openers: ["bob"],
    count: 1,
  });
  const shown = rows([message(2), message(4), message(6)], { lines: [line(1), line(3), line(7)] });
  assert.deepEqual(
    shown.map(({ type, key }) => (type === "line" ? key : type)),
    ["message", "l3", "message", "message", "l7"],
  );
});

test("watch_followsTheNewestThatCanBeOpened", async () => {
  const envelopes = new Envelopes(client);
  const closed = ["e5"];
  const state = ({ envelope }) => view({ envelope, state: closed.includes(envelope) ? "exhausted" : "open" });
  client.answers = { "envelope.view": state, "envelope.watch": state };
  for (let i = 0; i < 8; i++) await envelopes.view(`e${i}`);
  const items = Array.from({ length: 8 }, (_, i) => {
    const content = { envelope: `e${i}`, count: i === 6 ? 1 : 3 };
    return { entry: message(i + 1, { kind: "envelope", content }), asOf: i + 1 };
  });
  const watch = new EnvelopeWatch(envelopes);
  watch.follow([...items, { entry: message(9), asOf: 9 }]);
  watch.follow(items);
  assert.deepEqual(
    client.asked.filter(([type]) => type === "envelope.watch").map(([, { envelope }]) => envelope),
    ["e7", "e4", "e3", "e2"],
  );
  closed.push("e7");
  await envelopes.view("e7");
  watch.follow(items);
  assert.deepEqual(client.told, [["envelope.unwatch", { envelope: "e7" }]]);
  watch.stop();
  assert.equal(client.told.length, 5);
});

test("whoLeaves_leavesNothingOnTheDevice", async () => {
  const wallet = new Wallet(client);
  wallet.intents.keep(intent());
  const envelopes = new Envelopes(client);
  client.answers["envelope.open"] = { outcome: "opened", amount: 7 };
  await envelopes.open("e");
  assert.equal(client.storage.length, 2);
  wallet.intents.clear();
  envelopes.forget();
  assert.equal(client.storage.length, 0);
  assert.equal(wallet.intents.get("envelope.send", "c"), null);
});

test("payment_givenUp_isNotWantedAnyMore_andLeavesTheNextOneAlone", async () => {
  const wallet = new Wallet(client);
  let fails;
  client.answers["envelope.send"] = () => new Promise((_, reject) => (fails = reject));
  const first = intent();
  const paying = assert.rejects(wallet.pay(first));
  const { wanted } = client;
  assert.equal(wanted(), true);

  wallet.intents.forget(first);
  assert.equal(wanted(), false);
  const next = { ...first, data: { ...first.data, clientId: "another" } };
  wallet.intents.keep(next);
  assert.equal(wanted(), false);
  fails(new HongyanError({ kind: "conflict", reason: "wallet.insufficient" }));
  await paying;
  assert.deepEqual(wallet.intents.get(next.type, next.conversation), next);
});
