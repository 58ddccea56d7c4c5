import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { commitmentOf, isValidSplit, sharesOf } from "../../main/resources/web/features/redenvelope/proof.js";

/** Made by a program of its own, in another language, from the description in `Split`. */
const VECTORS = [
  {
    seed: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    parameters: "hongyan-split-1 lucky total=2000 count=5 min=1 max=20000",
    nonce: "goose",
    commitment: "fc96abdfcde309049add1457440f97e331064cd56b715f063bf1c4d8f4cd3dda",
    shares: [614, 401, 620, 249, 116],
  },
  {
    seed: "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100",
    parameters: "hongyan-split-1 lucky total=101 count=100 min=1 max=20000",
    nonce: undefined,
    commitment: "8c396673349d5a9820ffadfa30b806f6af8b4922c5e678d497c271ce4fb6fee1",
    shares: Array.from({ length: 100 }, (_, i) => (i === 56 ? 2 : 1)),
  },
  {
    seed: "f".repeat(64),
    parameters: "hongyan-split-1 lucky total=59000 count=3 min=1 max=20000",
    nonce: "鸿雁 🪿",
    commitment: "6c3f96efc9204796eb3ec5646c47495f3f96f74d8c112f6d7061e1acef1d8d2f",
    shares: [19119, 19927, 19954],
  },
];

const [VECTOR] = VECTORS;
const view = (changes = {}, proof = {}) => ({
  total: 2000,
  count: 5,
  openers: VECTOR.shares.map((amount, i) => ({ user: `u${i}`, amount })),
  proof: { ...VECTOR, ...proof },
  ...changes,
});

for (const { commitment, shares, ...proof } of VECTORS) {
  test(`commitmentOf_${proof.parameters}_isTheHashOfItsParts`, async () => {
    assert.equal(await commitmentOf(proof), commitment);
  });

  test(`sharesOf_${proof.parameters}_areReproduced`, async () => {
    assert.deepEqual(await sharesOf(proof), shares);
  });
}

test("sharesOf_equalShares_areEqual", async () => {
  const parameters = "hongyan-split-1 equal total=600 count=3 min=1 max=200";
  assert.deepEqual(await sharesOf({ seed: VECTOR.seed, parameters }), [200, 200, 200]);
});

test("isValidSplit_withMatchingData_isTrue", async () => {
  assert.equal(await isValidSplit(view(), VECTOR.commitment), true);
  const [first, ...rest] = view().openers;
  assert.equal(await isValidSplit(view({ openers: [...rest, first] }), VECTOR.commitment), true, "in another order");
  assert.equal(await isValidSplit(view({ openers: rest }), VECTOR.commitment), true, "not all of them were opened");
});

const LIES = {
  "another promise": [view(), VECTORS[1].commitment],
  "another seed": [view({}, { seed: VECTORS[1].seed }), VECTOR.commitment],
  "another nonce": [view({}, { nonce: "duck" }), VECTOR.commitment],
  "other parameters": [view({}, { parameters: VECTORS[1].parameters }), VECTOR.commitment],
  "other shares": [view({}, { shares: [615, 400, 620, 249, 116] }), VECTOR.commitment],
  "an amount that was never there": [view({ openers: [{ user: "a", amount: 1 }] }), VECTOR.commitment],
  "an amount that was given twice": [
    view({ openers: [0, 1].map((i) => ({ user: `u${i}`, amount: 614 })) }),
    VECTOR.commitment,
  ],
  "another total": [view({ total: 2001 }), VECTOR.commitment],
  "another count": [view({ count: 6 }), VECTOR.commitment],
  "nothing revealed": [view({ proof: undefined }), VECTOR.commitment],
};

for (const [lie, [view, commitment]] of Object.entries(LIES)) {
  test(`isValidSplit_with_${lie.replaceAll(" ", "_")}_isFalse`, async () =>
    assert.equal(await isValidSplit(view, commitment), false));
}

// Both versions, from the description alone

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

/** What a server reveals of a lucky split. */
function lucky(version, { seed, total, count, most, nonce }) {
  const end = version === 2 ? " nonce=" : "";
  const parameters = `hongyan-split-${version} lucky total=${total} count=${count} min=1 max=${most}${end}`;
  const commitment = sha256(seed, parameters, nonce).toString("hex");
  return { seed: seed.toString("hex"), parameters, nonce, commitment, shares: luckyShares(seed, total, count, most) };
}

function luckyShares(seed, total, count, most) {
  const words = wordsOf(seed);
  const below = (n) => {
    for (;;) {
      const word = words.next().value;
      if (word < 2 ** 32 - (2 ** 32 % n)) return word % n;
    }
  };
  const shares = [];
  for (let left = total, others = count - 1; others >= 0; left -= shares.at(-1), others--) {
    const least = Math.max(1, left - others * most);
    const highest = Math.max(least, Math.min(Math.floor((2 * left) / (others + 1)) - 1, most, left - others));
    shares.push(others ? least + below(highest - least + 1) : left);
  }
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    shares.splice(i, 1, shares.splice(j, 1, shares[i])[0]);
  }
  return shares;
}

function* wordsOf(seed) {
  for (let counter = Buffer.alloc(4); ; counter.writeUInt32BE(counter.readUInt32BE() + 1)) {
    const block = sha256(seed, counter);
    for (let at = 0; at < block.length; at += 4) yield block.readUInt32BE(at);
  }
}

const seedOf = (name) => sha256(name);
const SPLITS = [
  { total: 2_000, count: 5, most: 20_000, nonce: "goose" },
  { total: 2_000, count: 5, most: 20_000, nonce: "" },
  { total: 66_66, count: 60, most: 20_000, nonce: "0 nonce=1" },
  { total: 100, count: 100, most: 1, nonce: "鸿雁" },
  { total: 19_999, count: 2, most: 10_000, nonce: "7" },
  { total: 5, count: 1, most: 20_000, nonce: "goose" },
].map((split, i) => ({ ...split, seed: seedOf(`seed ${i}`) }));
const viewOf = (proof, { total, count }) => ({
  total,
  count,
  openers: proof.shares.map((amount, i) => ({ user: `u${i}`, amount })),
  proof,
});

for (const version of [1, 2]) {
  for (const split of SPLITS) {
    const proof = lucky(version, split);
    test(`isValidSplit_of_${proof.parameters}_with_${split.nonce || "no nonce"}`, async () => {
      assert.equal(await commitmentOf(proof), proof.commitment);
      assert.deepEqual(await sharesOf(proof), proof.shares);
      assert.equal(await isValidSplit(viewOf(proof, split), proof.commitment), true);
      const other = lucky(version, { ...split, nonce: `${split.nonce}!` });
      assert.equal(await isValidSplit(viewOf(other, split), proof.commitment), false);
    });
  }
}

test("sharesOf_equalSharesOfVersion2_areEqual", async () => {
  const parameters = "hongyan-split-2 equal total=600 count=3 min=1 max=200 nonce=";
  assert.deepEqual(await sharesOf({ seed: VECTOR.seed, parameters }), [200, 200, 200]);
});

test("isValidSplit_ofVersion2_rejectsAShiftedNonce", async () => {
  const split = { ...SPLITS[0], nonce: "0" };
  const proof = lucky(2, split);
  const { parameters } = proof;
  const shifts = [
    { parameters: `${parameters}0`, nonce: "" },
    { parameters: parameters.slice(0, -1), nonce: "=0" },
    { parameters: parameters.slice(0, -7), nonce: " nonce=0" },
    { parameters: parameters.slice(0, -8), nonce: "0 nonce=0" },
  ];
  for (const shift of shifts) {
    const shifted = { ...proof, ...shift };
    assert.equal(await commitmentOf(shifted), proof.commitment, shift.parameters);
    assert.equal(await isValidSplit(viewOf(shifted, split), proof.commitment), false, shift.parameters);
  }
});

for (const parameters of [
  "hongyan-split-1 lucky total=2000 count=5 min=1 max=20000 nonce=",
  "hongyan-split-2 lucky total=2000 count=5 min=1 max=20000",
  "hongyan-split-2 lucky total=2000 count=5 min=1 max=20000 nonce= ",
  "hongyan-split-2 lucky total=2000 count=5 min=1 max=20000 nonce=\n",
  "hongyan-split-2 lucky total=2000 count=5 min=2 max=20000 nonce=",
  "hongyan-split-2 fair total=2000 count=5 min=1 max=20000 nonce=",
  "hongyan-split-3 lucky total=2000 count=5 min=1 max=20000 nonce=",
  "hongyan-split-12 lucky total=2000 count=5 min=1 max=20000",
  " hongyan-split-1 lucky total=2000 count=5 min=1 max=20000",
  "",
]) {
  test(`isValidSplit_of_${JSON.stringify(parameters)}_isFalse`, async () => {
    const proof = { ...VECTOR, parameters };
    assert.equal(await sharesOf(proof), null);
    assert.equal(await isValidSplit(view({}, proof), await commitmentOf(proof)), false);
  });
}

test("isValidSplit_withASeedOfAnotherLength_isFalse", async () => {
  for (const seed of ["", "00", VECTOR.seed.slice(2), `${VECTOR.seed}00`, VECTOR.seed.toUpperCase()]) {
    const proof = { ...VECTOR, seed };
    assert.equal(await isValidSplit(view({}, proof), await commitmentOf(proof)), false, seed);
  }
});
