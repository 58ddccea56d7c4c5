import assert from "node:assert/strict";
import { test } from "node:test";
import { commitmentOf, isHonest, sharesOf } from "../../main/resources/web/client/proof.js";

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

  test(`sharesOf_${proof.parameters}_areMadeAgain`, async () => {
    assert.deepEqual(await sharesOf(proof), shares);
  });
}

test("sharesOf_equalShares_areAllTheSame", async () => {
  const parameters = "hongyan-split-1 equal total=600 count=3 min=1 max=200";
  assert.deepEqual(await sharesOf({ seed: VECTOR.seed, parameters }), [200, 200, 200]);
});

test("isHonest_whenEverythingAgrees", async () => {
  assert.equal(await isHonest(view(), VECTOR.commitment), true);
  const [first, ...rest] = view().openers;
  assert.equal(await isHonest(view({ openers: [...rest, first] }), VECTOR.commitment), true, "in another order");
  assert.equal(await isHonest(view({ openers: rest }), VECTOR.commitment), true, "not all of them were opened");
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

for (const [lie, [told, promise]] of Object.entries(LIES)) {
  test(`isHonest_with_${lie.replaceAll(" ", "_")}_isFalse`, async () =>
    assert.equal(await isHonest(told, promise), false));
}

test("isHonest_ofASplitOfAnotherKind_isFalse", async () => {
  const proof = { ...VECTOR, parameters: "hongyan-split-2 lucky total=2000 count=5 min=1 max=20000" };
  assert.equal(await isHonest(view({}, proof), await commitmentOf(proof)), false);
});
