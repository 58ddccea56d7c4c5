import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrange,
  cornerAt,
  cornerByKey,
  gridShape,
  pictured,
  pictureKey,
  stagePlan,
} from "../../main/resources/web/features/call/views/layout.js";
import { seeded } from "./fakes.js";

const OFF = { microphone: false, camera: false, screen: false, hand: false };

/** Participants; the first one is this user. */
function people(count, fields = {}) {
  return Array.from({ length: count }, (_, n) => ({
    participant: `p${n}`,
    user: `u${n}`,
    state: "joined",
    mine: n === 0,
    media: OFF,
    link: { state: "connected" },
    tracks: {},
    speaking: false,
    ...fields[n],
  }));
}

const plan = (participants, fields = {}) => stagePlan({ participants, wantsFocus: false, ...fields });

const PHONE = { width: 390, height: 844, top: 68, bottom: 90, side: 8 };
const DESK = { width: 1280, height: 800, top: 68, bottom: 90, side: 16 };

function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test("gridShape_onAPhoneAndADesktop", () => {
  const columns = (width, height) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((count) => gridShape(count, width, height, 8).columns);
  assert.deepEqual(columns(374, 686), [1, 1, 1, 2, 2, 2, 2, 2, 2]);
  assert.deepEqual(columns(1248, 642), [1, 2, 3, 2, 3, 3, 4, 4, 3]);
});

test("gridShape_ofAnySize_fits_andKeepsTheShapeOfAFace", () => {
  const random = seeded(11);
  for (let round = 0; round < 500; round++) {
    const [count, width, height] = [1 + Math.floor(random() * 9), 120 + random() * 2000, 120 + random() * 1200];
    const shape = gridShape(count, width, height, 8);
    assert.ok(shape.columns * shape.rows >= count);
    assert.ok(shape.columns * (shape.width + 8) - 8 <= width + 0.01, `${count} in ${width}×${height}`);
    assert.ok(shape.rows * (shape.height + 8) - 8 <= height + 0.01, `${count} in ${width}×${height}`);
    assert.ok(shape.width > 0 && shape.height > 0);
    assert.ok(shape.width / shape.height < 1.85 && shape.width / shape.height > 0.55, JSON.stringify(shape));
  }
});

test("arrange_inEveryMode_showsEveryPicture_withinTheStage_andWithoutOverlaps", () => {
  for (const stage of [PHONE, DESK]) {
    for (let count = 3; count <= 9; count++) {
      const sharing = { 2: { media: { ...OFF, screen: true }, tracks: { screen: {} } } };
      for (const fields of [{}, { wantsFocus: true }, { pinned: "p1" }, { screen: true }]) {
        const participants = people(count, fields.screen ? sharing : {});
        const { main, pictures } = arrange(plan(participants, fields), participants, stage, "top-end");
        assert.deepEqual([...pictures.keys()].sort(), participants.map(pictureKey).sort());
        const all = [...pictures.values(), ...(main ? [main] : [])];
        for (const [i, rect] of all.entries()) {
          assert.ok(
            rect.width >= 44 && rect.height >= 44,
            `${count} ${JSON.stringify(fields)} ${JSON.stringify(rect)}`,
          );
          assert.ok(rect.x >= 0 && rect.x + rect.width <= stage.width);
          assert.ok(rect.y >= stage.top - 1 && rect.y + rect.height <= stage.height - stage.bottom + 1);
          for (const other of all.slice(i + 1)) assert.ok(!overlap(rect, other));
        }
      }
    }
  }
});

test("stagePlan_ofOneAndTwo_fillsTheStage", () => {
  assert.deepEqual(plan(people(1)), { mode: "solo", main: "p0", screen: false });
  assert.deepEqual(plan(people(2)), { mode: "pair", main: "p1", screen: false });
  const pair = people(2);
  const { pictures } = arrange(plan(pair), pair, PHONE, "bottom-start");
  assert.deepEqual(pictures.get("p1"), { x: 0, y: 0, width: 390, height: 844 });
  const own = pictures.get("p0");
  assert.ok(own.x < 20 && own.y + own.height <= PHONE.height - PHONE.bottom);
});

test("stagePlan_ofMore_isAGrid_untilTheUserChoosesAnother", () => {
  assert.equal(plan(people(3)).mode, "grid");
  assert.equal(plan(people(3), { wantsFocus: true }).main, "p1");
  assert.equal(plan(people(3), { wantsFocus: true, speaker: "p2" }).main, "p2");
  assert.equal(plan(people(3), { wantsFocus: true, speaker: "gone" }).main, "p1");
  assert.equal(plan(people(3), { pinned: "p2" }).main, "p2");
  assert.equal(plan(people(3), { pinned: "gone" }).mode, "grid");
});

test("stagePlan_withASharedScreen_showsIt_unlessAPictureIsPinned", () => {
  const sharing = people(3, { 2: { media: { ...OFF, screen: true }, tracks: { screen: {} } } });
  assert.deepEqual(plan(sharing), { mode: "focus", main: "p2", screen: true });
  assert.deepEqual(plan(sharing, { pinned: "p1" }), { mode: "focus", main: "p1", screen: false });
  const announced = people(3, { 2: { media: { ...OFF, screen: true } } });
  assert.equal(plan(announced).mode, "grid");
  const own = people(2, { 0: { media: { ...OFF, screen: true } } });
  assert.deepEqual(plan(own), { mode: "focus", main: "p0", screen: true });
});

test("pictured_participantsFirst_thenRingingUsers_nineAtMost", () => {
  const roster = people(12, {
    1: { state: "ringing", participant: undefined },
    2: { state: "declined", participant: undefined },
    3: { state: "reconnecting" },
    4: { state: "left" },
  });
  const keys = pictured(roster).map(pictureKey);
  assert.deepEqual(keys, ["p0", "p3", "p5", "p6", "p7", "p8", "p9", "p10", "p11"]);
  assert.deepEqual(pictured(roster.slice(0, 5)).map(pictureKey), ["p0", "p3", "user u1"]);
});

test("corners_areReachedByDraggingAndByArrowKeys", () => {
  assert.equal(cornerAt(0.1, 0.9), "bottom-start");
  assert.equal(cornerAt(0.9, 0.1), "top-end");
  assert.equal(cornerByKey("top-end", "ArrowDown"), "bottom-end");
  assert.equal(cornerByKey("bottom-end", "ArrowLeft"), "bottom-start");
  assert.equal(cornerByKey("bottom-start", "ArrowUp"), "top-start");
  assert.equal(cornerByKey("top-start", "ArrowRight"), "top-end");
  assert.equal(cornerByKey("top-start", "Enter"), undefined);
});
