import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, mock, test } from "node:test";

/** The frequencies of the notes that were started, in their order. */
let played = [];
let refused = true;
/** @type {Map<string, () => void>} */
const presses = new Map();

class FakeNode {
  gain = { linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
  connected = true;
  connect(next) {
    return next;
  }
  disconnect() {
    this.connected = false;
  }
}
class FakeOscillator extends FakeNode {
  constructor(audio, { frequency }) {
    super();
    this.frequency = frequency;
  }
  start() {
    played.push(this.frequency);
  }
  stop() {}
}
class FakeAudio {
  state = "suspended";
  currentTime = 0;
  /** As a browser does it: pending until the user has pressed something on the page. */
  resume() {
    if (refused) return new Promise(() => {});
    this.state = "running";
    return Promise.resolve();
  }
}

let playTone;
before(async () => {
  Object.assign(globalThis, {
    AudioContext: FakeAudio,
    GainNode: FakeNode,
    OscillatorNode: FakeOscillator,
    addEventListener: (type, wake) => presses.set(type, wake),
    removeEventListener: (type) => presses.delete(type),
  });
  ({ playTone } = await import("../../main/resources/web/features/call/views/ring-tones.js"));
});
after(() => {
  for (const name of ["AudioContext", "GainNode", "OscillatorNode"]) delete globalThis[name];
});
beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  played = [];
});
afterEach(() => mock.timers.reset());

const settle = () => Promise.resolve().then(() => {});

// The first test, because the page has one audio context.
test("ring_beforeTheFirstPress_isSilent_andStartsWithIt", async () => {
  const stop = playTone("ring");
  await settle();
  mock.timers.tick(10_000);
  assert.equal(played.length, 0);
  refused = false;
  presses.get("pointerdown")();
  await settle();
  assert.ok(played.length > 0);
  // A second press does not start it again.
  const before = played.length;
  presses.get("keydown")();
  await settle();
  assert.equal(played.length, before);
  stop();
  assert.equal(presses.size, 0);
});

test("ring_repeatsUntilItIsStopped", async () => {
  const stop = playTone("ring");
  await settle();
  const phrase = played.length;
  mock.timers.tick(6_400);
  assert.equal(played.length, 3 * phrase);
  stop();
  mock.timers.tick(60_000);
  assert.equal(played.length, 3 * phrase);
});

test("ring_stoppedBeforeSoundIsAllowed_staysSilent", async () => {
  const stop = playTone("ring");
  stop();
  await settle();
  mock.timers.tick(60_000);
  assert.equal(played.length, 0);
});

test("end_isPlayedOnce", async () => {
  playTone("ended");
  await settle();
  const phrase = played.length;
  assert.ok(phrase > 0);
  mock.timers.tick(60_000);
  assert.equal(played.length, phrase);
  assert.equal(presses.size, 0);
});
