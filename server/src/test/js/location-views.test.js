import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { drawThemed } from "../../main/resources/web/features/location/views/themed.js";

const before = { document: globalThis.document, MutationObserver: globalThis.MutationObserver };
afterEach(() => Object.assign(globalThis, before));

test("drawThemed_redrawsPicturesOnThePage_andKeepsNoneThatLeftIt", () => {
  const observers = [];
  const page = [];
  globalThis.document = { documentElement: {}, querySelectorAll: () => page };
  globalThis.MutationObserver = class {
    constructor(onChange) {
      observers.push(onChange);
    }
    observe() {}
  };
  const drawn = [];
  for (let i = 0; i < 10; i++) {
    const element = { dataset: {} };
    if (i < 2) page.push(element);
    drawThemed(element, () => drawn.push(i));
  }
  assert.equal(drawn.length, 10);
  assert.equal(observers.length, 1);
  observers[0]();
  assert.deepEqual(drawn.slice(10), [0, 1]);
  page.pop();
  observers[0]();
  assert.deepEqual(drawn.slice(12), [0]);
});
