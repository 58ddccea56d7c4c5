/** An audio level, from 0 to 1, above which someone speaks. */
const THRESHOLD = 0.03;
const START_MS = 300;
const STOP_MS = 1_500;

/** How often to measure. */
export const LEVEL_INTERVAL_MS = 200;

/**
 * Detects who speaks. A cough is too short to count, and a pause between two words is too short to end speaking. It
 * uses only the given levels and times.
 */
export class SpeakerDetector {
  /** The participants who speak now. @type {Set<string>} */
  speaking = new Set();
  /** Since when the level of a participant is on the other side of the threshold. @type {Map<string, number>} */
  #since = new Map();

  /**
   * @param {Map<string, number>} levels by participant; one who is absent does not speak
   * @param {number} now in ms, from any clock that does not jump
   * @returns {boolean} whether `speaking` changed
   */
  update(levels, now) {
    let changed = false;
    for (const participant of new Set([...levels.keys(), ...this.speaking, ...this.#since.keys()])) {
      const level = levels.get(participant);
      if (level === undefined) {
        changed = this.speaking.delete(participant) || changed;
        this.#since.delete(participant);
        continue;
      }
      const speaks = this.speaking.has(participant);
      if (level >= THRESHOLD === speaks) {
        this.#since.delete(participant);
        continue;
      }
      const since = this.#since.get(participant) ?? now;
      this.#since.set(participant, since);
      if (now - since < (speaks ? STOP_MS : START_MS)) continue;
      if (speaks) this.speaking.delete(participant);
      else this.speaking.add(participant);
      this.#since.delete(participant);
      changed = true;
    }
    return changed;
  }
}
