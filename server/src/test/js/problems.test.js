import assert from "node:assert/strict";
import { test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { ahead } from "../../main/resources/web/text/time.js";
import { problem } from "../../main/resources/web/views/problems.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const daily = (retryAfterMs) => new HongyanError({ kind: "limited", reason: "wallet.daily_limit", retryAfterMs });

test("problem_ofTheDailyLimit_saysWhenThereIsMore", () => {
  assert.equal(problem(daily(3 * HOUR)), "That is more than you may send in a day. Try again in 3 hours.");
  assert.equal(problem(daily(MINUTE)), "That is more than you may send in a day. Try again in 1 minute.");
});

test("problem_ofTheDailyLimit_withoutATime_saysNone", () => {
  assert.equal(problem(daily()), "That is more than you may send in a day.");
});

test("problem_thatPassesInAMoment_saysNoTime", () => {
  const busy = new HongyanError({ kind: "limited", reason: "socket.rate", retryAfterMs: 500 });
  assert.equal(problem(busy), "Too many attempts. Please wait a moment.");
});

test("problem_ofAReasonAndAKindThatAreNotKnown_isInTheServersWords", () => {
  assert.equal(problem(new HongyanError({ kind: "conflict", reason: "new.one", message: "so it is" })), "so it is");
});

test("ahead_isNeverTooEarly", () => {
  assert.equal(ahead(0), "in 1 minute");
  assert.equal(ahead(MINUTE + 1), "in 2 minutes");
  assert.equal(ahead(99 * MINUTE), "in 99 minutes");
  assert.equal(ahead(100 * MINUTE), "in 2 hours");
  assert.equal(ahead(2 * HOUR + 1), "in 3 hours");
  assert.equal(ahead(24 * HOUR), "in 24 hours");
});
