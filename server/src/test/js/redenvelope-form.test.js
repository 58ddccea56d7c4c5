import assert from "node:assert/strict";
import { test } from "node:test";
import { formErrorOf, requestOf, totalOf } from "../../main/resources/web/features/redenvelope/envelope-form.js";

const LIMITS = { currency: "points", shareMin: 1, shareMax: 20_000, sharesMax: 100, greetingMax: 25 };
const form = (changes = {}) => ({ kind: "lucky", amount: 1_000, count: 5, greeting: "", ...changes });

test("totalOf_equalShares_isTheirSum", () => {
  assert.equal(totalOf(form({ kind: "equal", amount: 200, count: 3 })), 600);
  assert.equal(totalOf(form({ kind: "equal", amount: 29, count: 100 })), 2_900);
});

test("totalOf_otherKinds_isTheTypedAmount", () => {
  for (const kind of ["direct", "lucky", "exclusive"]) assert.equal(totalOf(form({ kind })), 1_000);
});

test("totalOf_unsafeOrMissingNumbers_isNull", () => {
  assert.equal(totalOf(form({ kind: "equal", amount: Number.MAX_SAFE_INTEGER, count: 2 })), null);
  assert.equal(totalOf(form({ amount: null })), null);
  assert.equal(totalOf(form({ kind: "equal", count: null })), null);
});

const CASES = [
  [form(), null],
  [form({ amount: null }), "amount"],
  [form({ amount: 0 }), "amount"],
  [form({ count: null }), "count"],
  [form({ count: 0 }), "count"],
  [form({ count: 1.5 }), "count"],
  [form({ count: 100, amount: 100 }), null],
  [form({ count: 101, amount: 1_000 }), "count"],
  [form({ count: 6, amount: 5 }), "each_small"],
  [form({ count: 5, amount: 5 }), null],
  [form({ count: 1, amount: 20_000 }), null],
  [form({ count: 1, amount: 20_001 }), "each_large"],
  [form({ count: 2, amount: 40_000 }), null],
  [form({ count: 2, amount: 40_001 }), "each_large"],
  [form({ kind: "equal", amount: 20_001, count: 1 }), "each_large"],
  [form({ greeting: "恭".repeat(25) }), null],
  [form({ greeting: "🪿".repeat(25) }), null],
  [form({ greeting: "恭".repeat(26) }), "greeting"],
  [form({ kind: "exclusive", count: 1 }), "recipient"],
  [form({ kind: "exclusive", count: 1, recipient: "bo" }), null],
  [form({ amount: 50_000 }), null],
  [form({ amount: 50_001 }), "balance"],
  [form({ kind: "equal", amount: 10_001, count: 5 }), "balance"],
];

for (const [filled, formError] of CASES) {
  test(`formErrorOf_${JSON.stringify(filled)}_is_${formError}`, () => {
    assert.equal(formErrorOf(filled, LIMITS, 50_000), formError);
  });
}

test("formErrorOf_withUnknownBalance_isNull", () => {
  assert.equal(formErrorOf(form({ amount: 90_000, count: 5 }), LIMITS, null), null);
});

test("requestOf_hasAmountEachOnlyForEqualShares", () => {
  assert.deepEqual(requestOf(form({ greeting: "  " })), { kind: "lucky", amount: 1_000, count: 5 });
  assert.deepEqual(requestOf(form({ kind: "equal", greeting: " Hi " })), {
    kind: "equal",
    amountEach: 1_000,
    count: 5,
    greeting: "Hi",
  });
  assert.equal(requestOf(form({ kind: "lucky", recipient: "bo" })).recipient, undefined);
  assert.equal(requestOf(form({ kind: "exclusive", recipient: "bo" })).recipient, "bo");
});
