/** @import { Call } from "../client/call.js" */
/** The number of other participants in a full call. */
const POOL = 8;

/**
 * Audio elements that a click has unlocked. Browsers that refuse sound without a click (such as Safari on phones) allow
 * it for elements on which `play` was called in a click handler. @type {HTMLAudioElement[]}
 */
let unlocked = [];

/** Prepares sound: call it in the click that starts, accepts or joins a call. */
export function unlockAudio() {
  unlocked = Array.from({ length: POOL }, () => {
    const element = document.createElement("audio");
    element.srcObject = new MediaStream();
    element.play().catch(() => {});
    return element;
  });
}

/**
 * Plays the sound of the other participants: one element each, because sound must not depend on which pictures are
 * shown. It lasts as long as the call, whatever the page shows.
 */
export class RemoteAudio {
  /** Whether the browser refuses sound until the user clicks. */
  #blocked = false;
  /** @type {Map<string, {element: HTMLAudioElement, track: MediaStreamTrack}>} by participant */
  #playing = new Map();
  #speaker = "";
  #stops;

  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    this.#stops = [call.on("changed", () => this.#update()), call.local.on("changed", () => this.#route())];
    this.#update();
  }

  #update() {
    const heard = new Set();
    for (const { participant, mine, tracks } of this.call.participants) {
      const track = tracks.audio;
      if (mine || !participant || !track) continue;
      heard.add(participant);
      const playing = this.#playing.get(participant);
      if (playing?.track === track) continue;
      const element = playing?.element ?? unlocked.pop() ?? document.createElement("audio");
      element.srcObject = new MediaStream([track]);
      this.#playing.set(participant, { element, track });
      if (this.#speaker) setSpeaker(element, this.#speaker);
      this.#play(element);
    }
    for (const [participant, { element }] of this.#playing) {
      if (heard.has(participant)) continue;
      element.srcObject = null;
      this.#playing.delete(participant);
    }
  }

  /** @param {HTMLAudioElement} element */
  async #play(element) {
    try {
      await element.play();
      this.#setBlocked(false);
    } catch (error) {
      // An AbortError only says that the track was replaced in the meantime.
      if (/** @type {DOMException} */ (error).name === "NotAllowedError") this.#setBlocked(true);
    }
  }

  /** @param {boolean} blocked */
  #setBlocked(blocked) {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.call.soundBlocked(blocked ? () => this.#playAll() : undefined);
  }

  /** To be called in a click. */
  async #playAll() {
    this.#blocked = false;
    await Promise.all([...this.#playing.values()].map(({ element }) => this.#play(element)));
  }

  #route() {
    const speaker = this.call.local.chosen?.speaker ?? "";
    if (speaker === this.#speaker) return;
    this.#speaker = speaker;
    for (const { element } of this.#playing.values()) setSpeaker(element, speaker);
  }

  stop() {
    for (const stop of this.#stops) stop();
    for (const { element } of this.#playing.values()) element.srcObject = null;
    this.#playing.clear();
  }
}

/** Whether this browser lets a page choose the speaker. */
export const canChooseSpeaker = () => "setSinkId" in HTMLMediaElement.prototype;

/** @param {HTMLAudioElement} element @param {string} id */
function setSpeaker(element, id) {
  // If the device was unplugged in the meantime, the sound stays on the current device.
  if (canChooseSpeaker()) element.setSinkId(id).catch(() => {});
}
