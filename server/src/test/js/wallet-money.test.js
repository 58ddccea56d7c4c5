import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amountText,
  durationText,
  moneyText,
  parseAmount,
  signedText,
  typedAmount,
} from "../../main/resources/web/features/wallet/money.js";
import wallet from "../../main/resources/web/features/wallet/feature.js";
import { addTexts } from "../../main/resources/web/i18n/i18n.js";

addTexts(wallet.texts);

const AMOUNTS = {
  0.1: 10,
  0.2: 20,
  0.29: 29,
  1.15: 115,
  4.35: 435,
  12.34: 1_234,
  "12,34": 1_234,
  "1.": 100,
  ".5": 50,
  " 7 ": 700,
  "007": 700,
  0: 0,
  "0.00": 0,
  "１２．３４": 1_234,
  "8。88": 888,
  9999999999999.99: 999_999_999_999_999,
};

test("parseAmount_isExact", () => {
  for (const [typed, fen] of Object.entries(AMOUNTS)) assert.equal(parseAmount(typed), fen, typed);
});

test("parseAmount_ofOtherText_isNull", () => {
  const typed = [
    "",
    " ",
    ".",
    ",",
    "-1",
    "+1",
    "1e3",
    "0.001",
    "1,234.50",
    "1.2.3",
    "1 000",
    "¥5",
    "NaN",
    "0x10",
    "99999999999999",
    "١",
  ];
  for (const text of typed) assert.equal(parseAmount(text), null, text);
});

test("amountText_roundTrips", () => {
  for (let fen = 0; fen < 20_000; fen++) {
    assert.equal(parseAmount(amountText(fen).replaceAll(",", "")), fen);
    assert.equal(parseAmount(typedAmount(fen)), fen);
  }
});

test("amountText_ofLargeAmounts_isExact", () => {
  assert.equal(amountText(Number.MAX_SAFE_INTEGER), "90,071,992,547,409.91");
  assert.equal(amountText(-123_456), "−1,234.56");
  assert.equal(amountText(5), "0.05");
});

test("moneyText_hasTheCurrency", () => {
  assert.equal(moneyText(1_234, "points"), "12.34\u00a0points");
  assert.equal(moneyText(1_234, "CNY"), "¥12.34");
  assert.equal(moneyText(-5, "CNY"), "−¥0.05");
});

test("signedText_hasTheSign", () => {
  assert.equal(signedText(1), "+0.01");
  assert.equal(signedText(-1), "−0.01");
  assert.equal(signedText(0), "0.00");
});

test("durationText_choosesTheUnit", () => {
  assert.equal(durationText(1), "1 second");
  assert.equal(durationText(8), "8 seconds");
  assert.equal(durationText(150), "3 minutes");
  assert.equal(durationText(86_400), "24 hours");
  assert.equal(durationText(129_600), "36 hours");
  assert.equal(durationText(172_800), "2 days");
  assert.equal(durationText(216_000), "2.5 days");
  assert.equal(durationText(604_800), "7 days");
});
