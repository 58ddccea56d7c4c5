import assert from "node:assert/strict";
import { test } from "node:test";

const MODULE = new URL("../../main/resources/web/views/layers.js", import.meta.url);
let pages = 0;

/** A browser with one tab, in which moves through the history take effect later. */
class FakeHistory {
  entries = [{ name: "list", state: null }];
  at = 0;
  moves = [];
  /** Whether the browser ignores moves of the page. */
  stuck = false;

  get state() {
    return this.entries[this.at].state;
  }

  get name() {
    return this.entries[this.at].name;
  }

  pushState(state) {
    this.entries.splice(this.at + 1, Infinity, { name: this.name, state });
    this.at++;
  }

  replaceState(state) {
    this.entries[this.at].state = state;
  }

  go(entries) {
    if (!this.stuck) this.moves.push(entries);
  }

  /** What the router does to show a place. */
  push(name) {
    this.pushState({});
    this.entries[this.at].name = name;
  }

  /** Lets all moves take effect. */
  async settle() {
    await tick();
    while (this.moves.length) {
      const to = this.at + this.moves.shift();
      if (to in this.entries) {
        this.at = to;
        this.onpopstate();
      }
      await tick();
    }
  }
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Loads the module as a page that the browser opens at the current entry. */
async function load(history) {
  globalThis.history = history;
  globalThis.addEventListener = (type, listener) => (history[`on${type}`] = listener);
  try {
    return await import(`${MODULE}?page=${++pages}`);
  } finally {
    delete globalThis.addEventListener;
  }
}

/** A layer that notes its name when it closes. */
function open({ openLayer }, name, closed) {
  return openLayer(() => closed.push(name));
}

test("back_closesTopLayerOnly_andThenLeavesPlace", async () => {
  const history = new FakeHistory();
  const layers = await load(history);
  const closed = [];
  history.push("chat");
  open(layers, "dialog", closed);
  open(layers, "menu", closed);
  await history.settle();
  assert.equal(history.entries.length, 4);

  for (const expected of [["menu"], ["menu", "dialog"]]) {
    history.go(-1);
    await history.settle();
    assert.deepEqual(closed, expected);
    assert.equal(history.name, "chat");
  }
  history.go(-1);
  await history.settle();
  assert.equal(history.name, "list");
});

test("layerThatClosesForAnother_leavesItsEntry", async () => {
  const history = new FakeHistory();
  const layers = await load(history);
  const menu = open(layers, "menu", []);
  await history.settle();
  menu.closed();
  open(layers, "dialog", []);
  await tick();
  assert.deepEqual(history.moves, []);
  assert.equal(history.state.layers, 1);
});

test("changeHistory_closesLayers_andWaitsForTheirEntries", async () => {
  const history = new FakeHistory();
  const layers = await load(history);
  const closed = [];
  open(layers, "dialog", closed);
  open(layers, "menu", closed);
  await history.settle();
  layers.changeHistory(() => history.push("chat"));
  open(layers, "welcome", closed);
  assert.deepEqual(closed, ["menu", "dialog"]);
  await history.settle();
  assert.deepEqual(
    history.entries.map(({ name, state }) => [name, state?.layers ?? 0]),
    [
      ["list", 0],
      ["chat", 0],
      ["chat", 1],
    ],
  );
});

test("reload_withLayersOpen_leavesTheirEntries", async () => {
  const history = new FakeHistory();
  history.push("chat");
  const before = await load(history);
  open(before, "dialog", []);
  open(before, "menu", []);
  await history.settle();
  await load(history);
  await history.settle();
  assert.equal(history.name, "chat");
  assert.equal(history.state.layers ?? 0, 0);
  assert.equal(history.at, 1);
});

test("browserThatDoesNotMove_doesNotHoldUpThePage", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const history = new FakeHistory();
  const layers = await load(history);
  const layer = open(layers, "menu", []);
  await history.settle();
  history.stuck = true;
  layer.closed();
  layers.changeHistory(() => history.push("chat"));
  assert.equal(history.name, "list");
  t.mock.timers.tick(1_000);
  assert.equal(history.name, "chat");
});

test("anySequence_keepsOneEntryForEachOpenLayer", async (t) => {
  // A busy machine must not make the page give up a move.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (let seed = 1; seed <= 200; seed++) await anySequence(seed);
});

/** Opens, closes and goes at random, also while the browser moves. */
async function anySequence(seed) {
  const random = generator(seed);
  const history = new FakeHistory();
  const layers = await load(history);
  /** @type {{closed: () => void}[]} */
  const shown = [];
  const close = (layer) => {
    shown.splice(shown.indexOf(layer), 1);
    layer.closed();
  };
  let place = history.name;
  for (let step = 0; step < 30; step++) {
    const choice = random(6);
    if (choice <= 1 && shown.length < 4) {
      const layer = layers.openLayer(() => close(layer));
      shown.push(layer);
    } else if (choice === 2 && shown.length) {
      close(shown[random(shown.length)]);
    } else if (choice === 3) {
      place = `place-${step}`;
      const name = place;
      layers.changeHistory(() => history.push(name));
      assert.equal(shown.length, 0);
    } else if (choice === 4) {
      await history.settle();
      const { length } = shown;
      history.go(-1);
      await history.settle();
      assert.equal(shown.length, Math.max(0, length - 1), `seed ${seed}, step ${step}`);
      if (length === 0) place = history.name;
    } else if (choice === 5) {
      await history.settle();
      history.go(1);
      await history.settle();
      place = history.name;
    }
    if (random(2)) await null;
    if (random(2)) continue;
    await history.settle();
    assert.equal(history.name, place, `seed ${seed}, step ${step}`);
    const counts = history.entries.slice(0, history.at + 1).map(({ state }) => state?.layers ?? 0);
    const places = counts.length - shown.length;
    assert.deepEqual(
      counts,
      counts.map((_, i) => Math.max(0, i - places + 1)),
      `seed ${seed}, step ${step}`,
    );
  }
}

/** Numbers below a limit, the same ones for the same seed. */
function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
