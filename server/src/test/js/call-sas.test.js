import assert from "node:assert/strict";
import { test } from "node:test";
import * as sas from "../../main/resources/web/features/call/client/sas.js";
import { symbols } from "../../main/resources/web/features/call/client/symbols.js";

const pair = {
  call: "call-1",
  offerer: "p-a",
  answerer: "p-b",
  offererUser: "ada",
  answererUser: "bo 鸿",
};
const bytes = (first) => Uint8Array.from({ length: 32 }, (_, i) => first + i);
const F_I = bytes(0);
const F_J = bytes(32);
const R_I = new Uint8Array(32).fill(7);
const R_J = new Uint8Array(32).fill(9);
const hex = (array) => Buffer.from(array).toString("hex");
const line = (fingerprint) =>
  `a=fingerprint:sha-256 ${[...fingerprint].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;

test("symbols_are64_allDifferent", () => {
  assert.equal(symbols.length, 64);
  assert.equal(new Set(symbols.map(({ emoji }) => emoji)).size, 64);
  assert.equal(new Set(symbols.map(({ key }) => key)).size, 64);
});

// The two vectors were computed with another implementation, from the construction alone.

test("commitment_matchesVector", async () => {
  const committed = await sas.commitment(pair, F_I, R_I);
  assert.equal(hex(committed), "7baa1344939d797cfff8320ace0a68fba2e33a77087b7dbc68fb2364d8ae8071");
});

test("code_matchesVector", async () => {
  const shown = await sas.code(pair, { offerer: F_I, answerer: F_J }, { offerer: R_I, answerer: R_J });
  assert.deepEqual(
    shown.map((symbol) => symbols.indexOf(symbol)),
    [19, 44, 19, 11, 56],
  );
});

const changes = {
  call: { pair: { ...pair, call: "call-2" } },
  offerer: { pair: { ...pair, offerer: "p-" } },
  answerer: { pair: { ...pair, answerer: "p-bb" } },
  "the offerer's user": { pair: { ...pair, offererUser: "eve" } },
  "the answerer's user": { pair: { ...pair, answererUser: "eve" } },
  "the offerer's certificate": { fingerprints: { offerer: F_J, answerer: F_J } },
  "the answerer's certificate": { fingerprints: { offerer: F_I, answerer: F_I } },
  "the offerer's bytes": { randoms: { offerer: R_J, answerer: R_J } },
  "the answerer's bytes": { randoms: { offerer: R_I, answerer: R_I } },
};
for (const [what, changed] of Object.entries(changes)) {
  test(`code_dependsOn_${what.replaceAll(/\W+/g, "_")}`, async () => {
    const given = {
      pair,
      fingerprints: { offerer: F_I, answerer: F_J },
      randoms: { offerer: R_I, answerer: R_J },
    };
    const codeOf = (all) => sas.code(all.pair, all.fingerprints, all.randoms);
    assert.notDeepEqual(await codeOf({ ...given, ...changed }), await codeOf(given));
  });
}

test("keepsCommitment_onlyOfTheSameBytes_certificate_andPair", async () => {
  const committed = await sas.commitment(pair, F_I, R_I);
  assert.equal(await sas.keepsCommitment(pair, F_I, R_I, committed), true);
  assert.equal(await sas.keepsCommitment(pair, F_I, R_J, committed), false);
  assert.equal(await sas.keepsCommitment(pair, F_J, R_I, committed), false);
  assert.equal(await sas.keepsCommitment({ ...pair, call: "other" }, F_I, R_I, committed), false);
  assert.equal(await sas.keepsCommitment(pair, F_I, R_I.slice(1), committed), false);
  assert.equal(await sas.keepsCommitment(pair, F_I, R_I, committed.slice(1)), false);
});

test("fields_cannotMoveBetweenEachOther", async () => {
  const shifted = { ...pair, offerer: "p-ap", answerer: "-b" };
  assert.notDeepEqual(await sas.commitment(pair, F_I, R_I), await sas.commitment(shifted, F_I, R_I));
});

test("fingerprintOf_repeatedInEachSection_isOne", () => {
  const sdp = [
    "v=0",
    "m=audio",
    line(F_I),
    "m=video",
    line(F_I).toUpperCase().replace("A=FINGERPRINT", "a=fingerprint"),
  ];
  assert.deepEqual(sas.fingerprintOf(sdp.join("\r\n")), F_I);
});

for (const [what, lines] of Object.entries({
  none: [],
  two: [line(F_I), line(F_J)],
  "sha-1": ["a=fingerprint:sha-1 00:01"],
  "sha-1 besides": [line(F_I), "a=fingerprint:sha-1 00:01"],
  short: ["a=fingerprint:sha-256 00:01"],
  malformed: [line(F_I).replace("00:", "zz:")],
})) {
  test(`fingerprintOf_${what.replaceAll(/\W/g, "_")}_isRefused`, () => {
    assert.throws(() => sas.fingerprintOf(["v=0", ...lines, ""].join("\r\n")), /fingerprint/);
  });
}

test("base64_ofWhatIsNone_isEmpty", () => {
  assert.deepEqual(sas.fromBase64(sas.toBase64(F_I)), F_I);
  assert.equal(sas.fromBase64("§").length, 0);
  assert.equal(sas.fromBase64(undefined).length, 0);
});
