import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { onLongPress } from "../../main/resources/web/views/long-press.js";

/** @type {EventTarget} */
let page;

beforeEach(() => {
  page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page);
});

afterEach(() => {
  delete globalThis.addEventListener;
});

/** An element that counts its long presses. */
function pressable({ link = false } = {}) {
  const closest = () => (link ? {} : null);
  const element = Object.assign(new EventTarget(), { isConnected: true, closest, points: [] });
  onLongPress(element, (point) => element.points.push(point));
  return element;
}

/** @returns {boolean} whether the page lets the browser's default action happen */
function fire(element, type, [x, y] = [0, 0], fields = {}) {
  const event = new Event(type, { cancelable: true });
  Object.assign(event, { pointerType: "touch", isPrimary: true, clientX: x, clientY: y, ...fields });
  return element.dispatchEvent(event);
}

const MOVES = [
  { moves: [], opens: true },
  { moves: [[103, 204]], opens: true },
  { moves: [[110, 200], [90, 200], [100, 210]], opens: true },
  { moves: [[100, 211]], opens: false },
  { moves: [[108, 208]], opens: false },
  { moves: [[120, 200], [100, 200]], opens: false },
];

for (const { moves, opens } of MOVES) {
  test(`press_movedTo_${JSON.stringify(moves)}_${opens ? "opens" : "isScrolling"}`, (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const element = pressable();
    fire(element, "pointerdown", [100, 200]);
    for (const to of moves) fire(element, "pointermove", to);
    t.mock.timers.tick(449);
    assert.deepEqual(element.points, []);
    t.mock.timers.tick(1);
    assert.deepEqual(element.points, opens ? [{ x: 100, y: 200 }] : []);
  });
}

test("pressThatEndsEarly_orIsNone_doesNotOpen", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const end of ["pointerup", "pointercancel"]) {
    const element = pressable();
    fire(element, "pointerdown");
    fire(element, end);
    t.mock.timers.tick(1_000);
    assert.deepEqual(element.points, [], end);
  }
  const mouse = pressable();
  fire(mouse, "pointerdown", [0, 0], { pointerType: "mouse" });
  const pinched = pressable();
  fire(pinched, "pointerdown");
  fire(pinched, "pointerdown", [50, 50], { isPrimary: false });
  const link = pressable({ link: true });
  fire(link, "pointerdown");
  const replaced = pressable();
  fire(replaced, "pointerdown");
  replaced.isConnected = false;
  t.mock.timers.tick(1_000);
  for (const element of [mouse, pinched, link, replaced]) assert.deepEqual(element.points, []);
});

test("contextMenuDuringPress_opensOnce", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const element = pressable();
  let menus = 0;
  element.addEventListener("contextmenu", () => menus++);
  fire(element, "pointerdown", [5, 6]);
  assert.equal(fire(element, "contextmenu", [5, 6]), false);
  t.mock.timers.tick(1_000);
  assert.deepEqual(element.points, [{ x: 5, y: 6 }]);
  assert.equal(menus, 0);
  // Without a finger, as after a right click, it is for others.
  assert.equal(fire(element, "contextmenu"), true);
  assert.equal(menus, 1);
});

test("releaseAfterLongPress_isIgnored_untilNextPress", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const press = () => {
    fire(pressed, "pointerdown");
    t.mock.timers.tick(450);
  };
  const pressed = pressable();
  press();
  for (const type of ["contextmenu", "touchend", "click"]) assert.equal(fire(page, type), false, type);
  t.mock.timers.tick(349);
  assert.equal(fire(page, "click"), false);
  t.mock.timers.tick(1);
  assert.equal(fire(page, "click"), true);

  press();
  t.mock.timers.tick(60_000);
  assert.equal(fire(page, "touchend"), false, "however long the finger rests");
  fire(page, "pointerdown");
  assert.equal(fire(page, "click"), true);
});
