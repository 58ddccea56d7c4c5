import assert from "node:assert/strict";
import { test } from "node:test";
import { ReorderBuffer } from "../../main/resources/web/client/reorder-buffer.js";
import { message, seeded } from "./fakes.js";

const seqs = (snapshots) => snapshots.map(({ entry }) => entry.seq);

test("offer_ofTheNextEntry_deliversIt", () => {
  const buffer = new ReorderBuffer(4);
  assert.deepEqual(seqs(buffer.offer(message(5), 5)), [5]);
  assert.equal(buffer.gap, false);
});

test("offer_ofADuplicate_deliversNothing", () => {
  const buffer = new ReorderBuffer(4);
  buffer.offer(message(5), 5);
  assert.deepEqual(buffer.offer(message(5), 5), []);
  assert.deepEqual(buffer.offer(message(3), 3), []);
});

test("offer_outOfOrder_isHeldUntilTheGapCloses", () => {
  const buffer = new ReorderBuffer(0);
  assert.deepEqual(buffer.offer(message(3), 3), []);
  assert.deepEqual(buffer.offer(message(2), 2), []);
  assert.equal(buffer.gap, true);
  assert.deepEqual(seqs(buffer.offer(message(1), 1)), [1, 2, 3]);
  assert.equal(buffer.gap, false);
});

test("cover_withMissingEntries_skipsThem", () => {
  const buffer = new ReorderBuffer(0);
  buffer.offer(message(9), 9);
  assert.deepEqual(seqs(buffer.cover([message(2), message(5)], 1, 8, 9)), [2, 5, 9]);
  assert.equal(buffer.cursor, 9);
});

test("cover_afterTheCursor_closesNoGap", () => {
  const buffer = new ReorderBuffer(0);
  assert.deepEqual(buffer.cover([message(5), message(6)], 5, 6, 6), []);
  assert.equal(buffer.cursor, 0);
  assert.equal(buffer.gap, true);
});

test("cover_ofPartOfTheLog_leavesAGap", () => {
  const buffer = new ReorderBuffer(0);
  assert.deepEqual(seqs(buffer.cover([message(1), message(2)], 1, 2, 7)), [1, 2]);
  assert.equal(buffer.gap, true);
});

test("offer_ofAPushedEntryThatWasRead_keepsTheNewerState", () => {
  const buffer = new ReorderBuffer(0);
  buffer.offer(message(2), 2);
  buffer.offer(message(2, { recalled: true, content: {} }), 5);
  const [, second] = buffer.offer(message(1), 1);
  assert.equal(second.entry.recalled, true);
  assert.equal(second.asOf, 5);
});

test("offer_beyondTheLimit_dropsTheNewest", () => {
  const buffer = new ReorderBuffer(0);
  for (let seq = 2; seq <= 2_000; seq++) buffer.offer(message(seq), seq);
  const delivered = seqs(buffer.offer(message(1), 1));
  assert.equal(delivered.length, 500);
  assert.equal(buffer.cursor, 500);
  assert.equal(buffer.gap, true, "the rest is known to exist and is read from the log");
});

test("offer_inAnyOrderWithDropsAndDuplicates_deliversOnceInOrder", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed);
    const length = 60;
    // Some entries are not visible to the user.
    const visible = [...Array(length).keys()].map((i) => i + 1).filter(() => random() < 0.85);
    const buffer = new ReorderBuffer(0);
    const delivered = [];
    const pushes = visible.flatMap((seq) => (random() < 0.3 ? [] : random() < 0.3 ? [seq, seq] : [seq]));
    for (let i = pushes.length - 1; i > 0; i--) {
      const j = Math.max(0, i - Math.floor(random() * 5));
      [pushes[i], pushes[j]] = [pushes[j], pushes[i]];
    }
    for (const seq of pushes) {
      delivered.push(...seqs(buffer.offer(message(seq), seq)));
      if (random() < 0.2) delivered.push(...readPage());
    }
    while (buffer.cursor < length) delivered.push(...readPage());
    assert.deepEqual(delivered, visible, `seed ${seed}`);

    function readPage() {
      const from = buffer.cursor + 1;
      const page = visible.filter((seq) => seq >= from).slice(0, 7);
      const through = page.length === 7 ? page[6] : length;
      return seqs(
        buffer.cover(
          page.map((seq) => message(seq)),
          from,
          through,
          length,
        ),
      );
    }
  }
});
