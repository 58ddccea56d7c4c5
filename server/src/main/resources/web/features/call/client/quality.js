/**
 * The encoding parameters of each participant. All participants send to all others, so the quality of each picture
 * falls as the call grows. They depend only on the state of the call.
 */

/** Pictures per participant: from two participants up to nine. */
export const VIDEO_ROWS = Object.freeze(
  [
    [1280, 720, 30, 1_500],
    [640, 360, 30, 700],
    [640, 360, 24, 450],
    [480, 270, 20, 320],
    [480, 270, 15, 240],
    [320, 180, 15, 160],
    [320, 180, 15, 140],
    [320, 180, 12, 120],
  ].map(([width, height, fps, kbps]) => Object.freeze({ width, height, fps, kbps })),
);

const SCREEN = { width: 1280, height: 720, fps: 5, kbps: 1_000 };
/** How many rows further down the table the camera is while the user shares a screen. */
const SHARING_ROWS = 2;
/** Up to this number of participants, voices have a higher bitrate. */
const SMALL_CALL = 4;

/** How long senders must be limited before the quality steps down, and unlimited before it steps up. */
const STEP_DOWN_MS = 10_000;
const STEP_UP_MS = 30_000;
const LIMITED_SENDERS = 2;

/** @typedef {{width: number, height: number, fps: number, kbps: number}} VideoTarget */

/** @typedef {{audioKbps: number, camera: VideoTarget, screen: VideoTarget}} Targets what one other participant gets */

/**
 * @param {object} call
 * @param {number} call.participants in the call, this one included
 * @param {boolean} call.sharing whether this participant shares a screen
 * @param {number} call.steps how many rows lower, because the device is too slow
 * @returns {Targets}
 */
export function targets({ participants, sharing, steps }) {
  const row = Math.max(0, participants - 2) + (sharing ? SHARING_ROWS : 0) + steps;
  const peers = Math.max(1, participants - 1);
  return {
    audioKbps: participants <= SMALL_CALL ? 32 : 24,
    camera: VIDEO_ROWS[Math.min(row, VIDEO_ROWS.length - 1)],
    screen: { ...SCREEN, kbps: Math.round(SCREEN.kbps / peers) },
  };
}

/** The maximum number of steps down. @param {{participants: number, sharing: boolean}} call */
export function maxSteps({ participants, sharing }) {
  return Math.max(0, VIDEO_ROWS.length - 1 - Math.max(0, participants - 2) - (sharing ? SHARING_ROWS : 0));
}

/**
 * The complete encoding of a video sender. It never copies what the browser returns, because Safari loses fields.
 * @param {VideoTarget} target
 * @param {{width?: number, height?: number}} settings of the track: the scale depends on what the camera really gives
 * @returns {RTCRtpEncodingParameters}
 */
export function videoEncoding(target, { width = 0, height = 0 } = {}) {
  // A phone in portrait orientation swaps width and height.
  const long = Math.max(width, height) / target.width;
  const short = Math.min(width, height) / target.height;
  return {
    active: true,
    maxBitrate: target.kbps * 1000,
    maxFramerate: target.fps,
    scaleResolutionDownBy: Math.max(1, long, short),
  };
}

/** @param {number} kbps @returns {RTCRtpEncodingParameters} */
export function audioEncoding(kbps) {
  return { active: true, maxBitrate: kbps * 1000 };
}

/** Decides when to lower the resolution because the device is too slow, and when to raise it again. */
export class CpuSteps {
  steps = 0;
  /** When the senders became limited or unlimited; undefined at the start. @type {number | undefined} */
  #since;
  #limited = false;

  /**
   * Adds a measurement; the interval between measurements may vary.
   * @param {object} measured
   * @param {number} measured.limited how many video senders the browser reports as limited by the CPU
   * @param {number} measured.senders how many video senders there are. In a call of two there is only one
   * @param {number} measured.max the largest useful number of steps, see {@link maxSteps}
   * @param {number} now in ms, from any clock that does not jump
   * @returns {boolean} whether `steps` changed
   */
  measure({ limited, senders, max }, now) {
    const before = this.steps;
    const isLimited = limited > 0 && limited >= Math.min(LIMITED_SENDERS, senders);
    if (this.#since === undefined || isLimited !== this.#limited) {
      this.#limited = isLimited;
      this.#since = now;
    } else if (now - this.#since >= (isLimited ? STEP_DOWN_MS : STEP_UP_MS)) {
      this.steps += isLimited ? 1 : -1;
      this.#since = now;
    }
    this.steps = Math.max(0, Math.min(this.steps, max));
    return this.steps !== before;
  }
}
