/**
 * Synthesized tones, so that a call rings immediately, without a download.
 *
 * @typedef {object} Note
 * @property {number} at seconds after the start of the phrase
 * @property {number} hertz
 * @property {number} seconds
 */

/** A phrase of four rising notes, twice, and a rest. @type {Note[]} */
const RING = [523.25, 659.25, 783.99, 1046.5].flatMap((hertz, i) => [
  { at: i * 0.16, hertz, seconds: 0.5 },
  { at: 0.95 + i * 0.16, hertz, seconds: 0.5 },
]);

/** The ringback tone that a caller hears while the callee rings. @type {Note[]} */
const RINGBACK = [{ at: 0, hertz: 425, seconds: 1 }];

/** @type {Note[]} */
const BUSY = [0, 0.5, 1].map((at) => ({ at, hertz: 425, seconds: 0.25 }));

/** @type {Note[]} */
const ENDED = [
  { at: 0, hertz: 587.33, seconds: 0.18 },
  { at: 0.14, hertz: 440, seconds: 0.3 },
];

/** @type {Record<string, {notes: Note[], every?: number, volume: number}>} `every`: repeated after these seconds */
const TONES = {
  ring: { notes: RING, every: 3.2, volume: 0.22 },
  ringback: { notes: RINGBACK, every: 4, volume: 0.06 },
  busy: { notes: BUSY, volume: 0.08 },
  ended: { notes: ENDED, volume: 0.1 },
};

/** Longer than the phrases that are not repeated. */
const ONCE_MS = 2_000;

/** @type {AudioContext | undefined} */
let context;

/**
 * Plays a tone once, or until it is stopped. A browser that refuses sound before the first click on the page stays
 * silent until that click.
 * @param {"ring" | "ringback" | "busy" | "ended"} name
 * @returns {() => void} stops it
 */
export function playTone(name) {
  const { notes, every, volume } = TONES[name];
  if (!globalThis.AudioContext) return () => {};
  context ??= new AudioContext();
  const audio = context;
  const output = new GainNode(audio, { gain: volume });
  output.connect(audio.destination);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const play = () => {
    for (const note of notes) playNote(audio, output, note);
  };
  const start = () => {
    if (stopped || timer !== undefined || audio.state !== "running") return;
    play();
    if (every) timer = setInterval(play, every * 1_000);
  };
  // Pending until a click if the browser refuses sound; rejected if there is no audio device.
  const wake = () => void audio.resume().then(start, () => {});
  const presses = ["pointerdown", "keydown"];
  for (const press of presses) addEventListener(press, wake);
  let stopped = false;
  const stop = () => {
    stopped = true;
    clearInterval(timer);
    for (const press of presses) removeEventListener(press, wake);
    output.disconnect();
  };
  wake();
  if (!every) setTimeout(stop, ONCE_MS);
  return stop;
}

/** @param {AudioContext} audio @param {GainNode} output @param {Note} note */
function playNote(audio, output, { at, hertz, seconds }) {
  const start = audio.currentTime + at;
  const swell = new GainNode(audio, { gain: 0 });
  swell.gain.linearRampToValueAtTime(0, start);
  swell.gain.linearRampToValueAtTime(1, start + 0.02);
  swell.gain.exponentialRampToValueAtTime(0.001, start + seconds);
  swell.connect(output);
  for (const [multiple, share] of [
    [1, 1],
    [2, 0.25],
  ]) {
    const oscillator = new OscillatorNode(audio, { frequency: hertz * multiple });
    const part = new GainNode(audio, { gain: share });
    oscillator.connect(part).connect(swell);
    oscillator.start(start);
    oscillator.stop(start + seconds);
  }
}
