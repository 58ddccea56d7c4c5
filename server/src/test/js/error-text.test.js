import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import features from "../../main/resources/web/features/index.js";
import { paymentError } from "../../main/resources/web/features/wallet/payment-form.js";
import { addTexts, t } from "../../main/resources/web/i18n/i18n.js";
import { registry } from "../../main/resources/web/registry.js";
import { fromNow } from "../../main/resources/web/text/time.js";
import { errorKey, errorText, failureText, InputError } from "../../main/resources/web/views/error-text.js";

for (const feature of features) {
  registry.add(feature);
  addTexts(feature.texts);
}

/** The keys and the text below a top-level key of each protocol.yaml, such as "reasons" or "kinds". */
function documented(section) {
  const folder = fileURLToPath(new URL("../../main/resources/im/hongyan/", import.meta.url));
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith("protocol.yaml"))
    .flatMap((name) => {
      const [, after] = `\n${readFileSync(folder + name, "utf8")}`.split(`\n${section}:\n`);
      const [block] = (after ?? "").split(/^\S/m);
      return [...block.matchAll(/^ {2}([\w.]+):/gm)].map(([, key]) => key);
    });
}

for (const [section, keyOf] of [
  ["reasons", (reason) => errorKey(reason)],
  ["kinds", (kind) => errorKey(undefined, kind)],
]) {
  test(`errorText_ofDocumented_${section}_isInTheDictionaries`, () => {
    const names = documented(section);
    assert.ok(names.length >= 8);
    const without = names.filter((name) => {
      const known = keyOf(name);
      const key = typeof known === "object" ? known.text : known;
      return !key || t(key) === key;
    });
    assert.deepEqual(without, []);
  });
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const daily = (retryAfterMs) => new HongyanError({ kind: "limited", reason: "wallet.daily_limit", retryAfterMs });

test("errorText_ofADailyLimit_saysWhenToTryAgain", () => {
  assert.equal(errorText(daily(3 * HOUR)), "That is more than you may send in a day. Try again in 3 hours.");
  assert.equal(errorText(daily(MINUTE)), "That is more than you may send in a day. Try again in 1 minute.");
});

test("errorText_ofADailyLimitWithoutTime_saysNoTime", () => {
  assert.equal(errorText(daily()), "That is more than you may send in a day.");
});

test("errorText_ofAShortLimit_saysNoTime", () => {
  const busy = new HongyanError({ kind: "limited", reason: "socket.rate", retryAfterMs: 500 });
  assert.equal(errorText(busy), "Too many attempts. Please wait a moment.");
});

test("errorText_ofAReusedClientId_saysPaidAlreadyOnlyOfPayments", () => {
  const reused = new HongyanError({ kind: "conflict", reason: "client_id.reused", message: "reused" });
  assert.equal(errorText(reused), "This was already sent with different content.");
  assert.equal(errorText(paymentError(reused)), "This has already been paid.");
  assert.equal(errorText(paymentError(daily())), "That is more than you may send in a day.");
});

test("errorText_ofAnUnknownReasonAndKind_isTheServersMessage", () => {
  assert.equal(errorText(new HongyanError({ kind: "new", reason: "new.one", message: "so it is" })), "so it is");
});

test("errorText_ofAMistakeThatThePageFound_isItsText", () => {
  assert.equal(errorText(new InputError("That is not your username.")), "That is not your username.");
});

test("errorText_ofABugOfThePage_hidesItsMessage", () => {
  assert.equal(errorText(new TypeError("x is undefined")), "Something went wrong on the server. Please try again.");
});

test("failureText_ofARefusal_isItsReason_elseNotSent", () => {
  const refused = (reason) => ({ kind: "forbidden", reason, message: reason });
  assert.equal(failureText(refused("conversation.listen_only")), "In this conversation you can only read.");
  assert.equal(failureText(refused("conversation.muted")), "You are muted in this conversation.");
  assert.equal(failureText(refused("blocked")), "This person does not accept messages from you.");
  assert.equal(failureText({ kind: "disconnected", reason: "closed.1009", message: "closed.1009" }), "Not sent");
  assert.equal(failureText({ kind: "internal", reason: "internal", message: "internal" }), "Not sent");
  assert.equal(failureText(undefined), "Not sent");
});

test("fromNow_roundsUp", () => {
  assert.equal(fromNow(0), "in 1 minute");
  assert.equal(fromNow(MINUTE + 1), "in 2 minutes");
  assert.equal(fromNow(99 * MINUTE), "in 99 minutes");
  assert.equal(fromNow(100 * MINUTE), "in 2 hours");
  assert.equal(fromNow(2 * HOUR + 1), "in 3 hours");
  assert.equal(fromNow(24 * HOUR), "in 24 hours");
});
