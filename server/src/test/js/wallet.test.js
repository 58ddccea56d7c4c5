import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import wallet from "../../main/resources/web/features/wallet/feature.js";
import { PendingPayments } from "../../main/resources/web/features/wallet/pending-payments.js";
import { settledTransfers } from "../../main/resources/web/features/wallet/transfers.js";
import { Wallet } from "../../main/resources/web/features/wallet/wallet.js";
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
const payment = (changes = {}) => ({
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

// Payments

test("pay_withALostAnswer_staysPendingAcrossAReload", async () => {
  for (const kind of ["network", "disconnected", "timeout", "unavailable", "offline", "limited"]) {
    client.answers["envelope.send"] = fail(kind);
    await assert.rejects(new Wallet(client).pay(payment()));
    assert.deepEqual(new Wallet(client).pending.get("envelope.send", "c"), payment(), kind);
  }
});

test("pay_withAnInternalError_staysPending", async () => {
  client.answers["envelope.send"] = fail("internal");
  await assert.rejects(new Wallet(client).pay(payment()));
  assert.deepEqual(new Wallet(client).pending.get("envelope.send", "c"), payment());
});

test("pay_withAnErrorThatIsNoRefusal_staysPending", async () => {
  // The session is over, or a proxy says what it says while nodes are replaced: an earlier try may have been paid.
  for (const [kind, reason] of [["unauthenticated", "session.none"], ["not_found"], ["forbidden"], ["invalid"]]) {
    client.answers["envelope.send"] = fail(kind, reason);
    await assert.rejects(new Wallet(client).pay(payment()));
    assert.deepEqual(new Wallet(client).pending.get("envelope.send", "c"), payment(), kind);
  }
});

test("pay_answeredAfterAnotherUserSignedIn_keepsTheirPayments", async () => {
  const wallet = new Wallet(client);
  let answer;
  client.answers[TOP_UPS] = () => new Promise((resolve) => (answer = resolve));
  const paid = wallet.pay(topUp());
  client.user = { id: "eve" };
  wallet.clear();
  const hers = topUp({ data: { clientId: "key-2", amount: 1 } });
  wallet.pending.add(hers);
  answer({});
  await paid;
  assert.deepEqual(wallet.pending.get("top-up", ""), hers);
  assert.equal(new PendingPayments(client.storage, "me").get("top-up", ""), null);
});

test("pay_whenAnswered_isNotPending", async () => {
  const wallet = new Wallet(client);
  client.answers["envelope.send"] = { seq: 1 };
  await wallet.pay(payment());
  assert.equal(wallet.pending.get("envelope.send", "c"), null);
  for (const refusal of [fail("conflict", "wallet.insufficient"), fail("limited", "wallet.daily_limit")]) {
    client.answers["envelope.send"] = refusal;
    await assert.rejects(wallet.pay(payment()));
    assert.equal(wallet.pending.get("envelope.send", "c"), null);
  }
});

test("topUp_withALostAnswer_isRepeatedWithTheSameKey_alsoAfterAReload", async () => {
  const losses = [["network"], ["timeout"], ["unavailable", "wallet.payment_pending"], ["internal"]];
  for (const loss of losses) {
    client.answers[TOP_UPS] = fail(...loss);
    await assert.rejects(new Wallet(client).pay(topUp()));
    assert.deepEqual(new Wallet(client).pending.get("top-up", ""), topUp(), loss.join());
  }
  client.answers = { [TOP_UPS]: { topUp: "t" }, "wallet.balance": { balance: 5_000, revision: 1 } };
  const later = new Wallet(client);
  await later.pay(later.pending.get("top-up", ""));
  assert.equal(later.pending.get("top-up", ""), null);
  const asked = client.asked.filter(([type]) => type === TOP_UPS).map(([, body]) => body);
  assert.deepEqual(asked, Array(losses.length + 1).fill({ amount: 5_000, key: "key-1" }));
  await settle();
  assert.equal(later.balance, 5_000);
});

test("topUp_whenRefused_isNotPending", async () => {
  for (const refusal of [
    ["conflict", "wallet.declined"],
    ["forbidden", "wallet.no_provider"],
    ["limited", "wallet.top_ups_limited"],
  ]) {
    const wallet = new Wallet(client);
    client.answers[TOP_UPS] = fail(...refusal);
    await assert.rejects(wallet.pay(topUp()));
    assert.equal(wallet.pending.get("top-up", ""), null, refusal[1]);
  }
});

test("transfer_isFoundAmongTheNewest", async () => {
  const wallet = new Wallet(client);
  client.answers["wallet.transfers"] = {
    transfers: [{ transfer: "a" }, { transfer: "b", expiresAt: "2026-01-02T12:00:00.000Z" }],
  };
  assert.equal((await wallet.transfer("b")).expiresAt, "2026-01-02T12:00:00.000Z");
  assert.equal(await wallet.transfer("c"), undefined);
});

test("pay_isPendingBeforeTheRequest", async () => {
  const wallet = new Wallet(client);
  client.answers["envelope.send"] = () => {
    assert.deepEqual(new PendingPayments(client.storage, "me").get("envelope.send", "c"), payment());
    return { seq: 1 };
  };
  await wallet.pay(payment());
  assert.equal(client.count("envelope.send"), 1);
});

test("pending_whoseEntryArrives_isRemoved", () => {
  const pending = new PendingPayments(client.storage, "me");
  pending.add(payment());
  pending.delivered("c", "another");
  pending.delivered("d", "id-1");
  assert.deepEqual(pending.get("envelope.send", "c"), payment());
  pending.delivered("c", "id-1");
  assert.equal(pending.get("envelope.send", "c"), null);
});

test("pending_isPerUser_andSurvivesAFullStorage", () => {
  const pending = new PendingPayments(client.storage, "me");
  client.storage.full = true;
  pending.add(payment());
  assert.deepEqual(pending.get("envelope.send", "c"), payment());
  assert.equal(pending.get("wallet.transfer", "c"), null);
  assert.equal(new PendingPayments(client.storage, "eve").get("envelope.send", "c"), null);
});

test("pay_givenUp_isCancelled_andKeepsTheNextPayment", async () => {
  const wallet = new Wallet(client);
  let fails;
  client.answers["envelope.send"] = () => new Promise((_, reject) => (fails = reject));
  const first = payment();
  const paying = assert.rejects(wallet.pay(first));
  const { shouldSend } = client;
  assert.equal(shouldSend(), true);

  wallet.pending.remove(first);
  assert.equal(shouldSend(), false);
  const next = { ...first, data: { ...first.data, clientId: "another" } };
  wallet.pending.add(next);
  assert.equal(shouldSend(), false);
  fails(new HongyanError({ kind: "conflict", reason: "wallet.insufficient" }));
  await paying;
  assert.deepEqual(wallet.pending.get(next.type, next.conversation), next);
});

// The balance

test("balance_pushed_isNotOverwrittenByAnOlderAnswer", async () => {
  const wallet = new Wallet(client);
  client.answers["wallet.limits"] = { transferMax: 8 };
  client.answers["wallet.balance"] = () => {
    client.emit("wallet", { balance: 5, revision: 2 });
    return { balance: 4, currency: "CNY", revision: 1 };
  };
  await wallet.load();
  assert.equal(wallet.balance, 5);
  assert.equal(wallet.currency, "CNY");
  assert.equal(wallet.limits.transferMax, 8);
});

test("balance_ofARestoredDatabase_isAccepted", () => {
  const wallet = new Wallet(client);
  client.emit("wallet", { balance: 5, revision: 9 });
  client.emit("wallet", { balance: 4, revision: 8 });
  assert.equal(wallet.balance, 5);
  client.emit("welcome", { features: [] });
  client.emit("wallet", { balance: 4, revision: 8 });
  assert.equal(wallet.balance, 4);
});

test("balance_inUse_isLoadedAgainAfterAReconnect", async () => {
  const wallet = new Wallet(client);
  client.answers = { "wallet.balance": { balance: 1, currency: "points", revision: 1 } };
  client.emit("welcome", { features: ["wallet.balance"] });
  assert.equal(client.count("wallet.balance"), 0);
  assert.equal(wallet.enabled, true);
  wallet.loadOnce();
  wallet.loadOnce();
  await settle();
  client.emit("welcome", { features: ["wallet.balance"] });
  assert.equal(client.count("wallet.balance"), 2);
  client.emit("welcome", { features: ["message.send"] });
  assert.equal(wallet.enabled, false);
});

// Transfers

const transfer = (seq, change, sender = "bob", id = "t") =>
  message(seq, { kind: "transfer", sender, content: { transfer: id, change, amount: 5 }, summary: "Transfer" });
const items = (...entries) => entries.map((entry) => ({ entry, asOf: entry.seq }));
const storeWith = (enabled) => ({ part: () => ({ enabled, currency: "points" }) });

test("settledTransfers_haveTheirOutcome_alsoAfterNewEntries", () => {
  const log = items(transfer(1, "sent"), message(2), transfer(3, "sent", "bob", "other"));
  assert.equal(settledTransfers(log).get("t"), undefined);
  log.push(...items(transfer(4, "accepted", "me"), transfer(5, "refused", "me", "other")));
  assert.equal(settledTransfers(log).get("t"), "accepted");
  assert.equal(settledTransfers(log).get("other"), "refused");
});

test("transfer_isABubbleWhenSent_andANoteWhenSettled", () => {
  const { isBubble } = wallet.entries.transfer;
  assert.equal(isBubble(storeWith(true), transfer(1, "sent")), true);
  assert.equal(isBubble(storeWith(true), transfer(2, "accepted")), false);
});

test("transfer_onANodeWithoutWallets_isItsSummary", () => {
  const { isBubble, line } = wallet.entries.transfer;
  assert.equal(isBubble(storeWith(false), transfer(1, "sent")), false);
  assert.equal(line(storeWith(false), transfer(1, "sent")), undefined);
});

test("delivered_ofOwnEntries_removesTheirPayments", () => {
  const paid = new Wallet(client);
  const entry = (fields) => message(1, { kind: "envelope", sender: "me", clientId: "id-1", ...fields });
  paid.pending.add(payment());
  for (const other of [{ sender: "bob" }, { kind: "message" }, { clientId: undefined }])
    paid.delivered("c", entry(other));
  assert.deepEqual(paid.pending.get("envelope.send", "c"), payment());
  paid.delivered("c", entry({}));
  assert.equal(paid.pending.get("envelope.send", "c"), null);
});

test("deleteLocalData_leavesNothingOnTheDevice", () => {
  const leaving = new Wallet(client);
  leaving.pending.add(payment());
  leaving.pending.add(topUp());
  assert.equal(client.storage.length, 2);
  leaving.deleteLocalData();
  assert.equal(client.storage.length, 0);
  assert.equal(leaving.pending.get("envelope.send", "c"), null);
});
