/** @import { DeviceChoice, DeviceError } from "./types.js" */
import { Emitter } from "../../../client/emitter.js";

/** @typedef {"microphone" | "camera"} DeviceKind */

/** @typedef {{id: string, label: string}} MediaDevice */

/** Large enough for a one-to-one call; senders scale it down. */
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const SCREEN = { width: { max: 1280 }, height: { max: 720 }, frameRate: { max: 5 } };

/** @type {Record<string, DeviceError>} */
const ERRORS = {
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "in_use",
  AbortError: "in_use",
  NotAllowedError: "denied",
  SecurityError: "denied",
};

/**
 * The microphone, the camera and the screen of this device. Each is requested separately, so that a missing camera does
 * not affect the microphone. A failure does not throw: it is in `errors`, and the call continues without the device.
 *
 * Events: `changed` when any property changes; `lost` when a device was unplugged, after the default one was tried;
 * `screenEnded` when the browser or the user ended the sharing.
 * @extends {Emitter<{changed: null, lost: DeviceKind, screenEnded: null}>}
 */
export class LocalMedia extends Emitter {
  /** @type {MediaStreamTrack | undefined} muted by `enabled` */
  microphone;
  /** @type {MediaStreamTrack | undefined} undefined while it is off */
  camera;
  /** @type {MediaStreamTrack | undefined} */
  screen;
  /** @type {{microphone?: DeviceError, camera?: DeviceError}} */
  errors = {};
  /** Labels are empty until the user has allowed a device. */
  devices = {
    /** @type {MediaDevice[]} */ microphones: [],
    /** @type {MediaDevice[]} */ cameras: [],
    /** @type {MediaDevice[]} */ speakers: [],
  };
  /** @type {DeviceChoice} */
  chosen;

  #mediaDevices;
  #secure;
  #constraints;
  #closed = false;
  #muted = false;
  /** The last operation of each device; they run one after the other. */
  #last = { microphone: Promise.resolve(), camera: Promise.resolve() };
  #meter;

  /**
   * @param {object} [options]
   * @param {DeviceChoice} [options.chosen]
   * @param {MediaDevices} [options.mediaDevices]
   * @param {boolean} [options.secure] browsers offer no devices to pages with `http:` addresses
   * @param {typeof globalThis.AudioContext} [options.AudioContext]
   * @param {{microphone?: MediaTrackConstraints, camera?: MediaTrackConstraints}} [options.constraints] added to, or
   *   replacing, those of this class
   */
  constructor({
    chosen = {},
    mediaDevices = globalThis.navigator?.mediaDevices,
    secure = globalThis.isSecureContext,
    AudioContext = globalThis.AudioContext,
    constraints = {},
  } = {}) {
    super();
    this.chosen = { ...chosen };
    this.#mediaDevices = mediaDevices;
    this.#secure = secure;
    this.#constraints = {
      microphone: { ...MICROPHONE, ...constraints.microphone },
      camera: { ...CAMERA, ...constraints.camera },
    };
    this.#meter = new LevelMeter(AudioContext);
    this.#mediaDevices?.addEventListener?.("devicechange", this.#listDevices);
  }

  /** How loud the microphone is, from 0 to 1; 0 if it is off. */
  get level() {
    return this.microphone?.enabled ? this.#meter.level(this.microphone) : 0;
  }

  /**
   * Unmutes or mutes. The device is opened when it is first unmuted and stays open, so that unmuting is fast.
   * @param {boolean} on
   * @returns {Promise<boolean>} whether it is on now
   */
  setMicrophone(on) {
    this.#muted = !on;
    if (this.microphone) this.microphone.enabled = on;
    return this.#inTurn("microphone", async () => {
      if (on && !this.microphone) await this.#open("microphone");
      if (!on) this.errors = { ...this.errors, microphone: undefined };
      this.emit("changed", null);
      return on && this.microphone !== undefined;
    });
  }

  /**
   * Turns the camera on, or off together with its light.
   * @param {boolean} on
   * @returns {Promise<boolean>} whether it is on now
   */
  setCamera(on) {
    return this.#inTurn("camera", async () => {
      if (on && !this.camera) await this.#open("camera");
      if (!on) {
        this.#drop("camera");
        this.errors = { ...this.errors, camera: undefined };
      }
      this.emit("changed", null);
      return this.camera !== undefined;
    });
  }

  /**
   * Asks the user for a screen or window to share. Browsers require a click for this, so nothing is awaited before.
   * @param {boolean} on
   * @returns {Promise<boolean>} whether it is on now; false if the user has chosen nothing
   * @throws {DOMException} if the browser cannot share screens
   */
  async setScreen(on) {
    if (!on) {
      this.#drop("screen");
      this.emit("changed", null);
      return false;
    }
    if (this.screen) return true;
    if (!this.#mediaDevices?.getDisplayMedia) throw new DOMException("cannot share a screen", "NotSupportedError");
    try {
      const stream = await this.#mediaDevices.getDisplayMedia({ video: SCREEN, audio: false });
      const [track] = stream.getVideoTracks();
      if (this.#closed) track.stop();
      else this.#take("screen", track);
    } catch (error) {
      if (/** @type {DOMException} */ (error).name !== "NotAllowedError") throw error;
    }
    this.emit("changed", null);
    return this.screen !== undefined;
  }

  /**
   * Chooses a device, and switches to it if the previous one is in use.
   * @param {DeviceKind | "speaker"} kind
   * @param {string | undefined} id undefined for the default one
   */
  async choose(kind, id) {
    this.chosen = { ...this.chosen, [kind]: id };
    if (kind === "speaker") this.emit("changed", null);
    else await this.#inTurn(kind, () => this.#reopen(kind));
  }

  /** Tries a device that failed again. @param {DeviceKind} kind */
  retry(kind) {
    return kind === "microphone" ? this.setMicrophone(true) : this.setCamera(true);
  }

  /**
   * Reacquires tracks when the page is visible again, because after a phone call iOS leaves tracks that are live but
   * silent.
   */
  async recover() {
    for (const kind of /** @type {DeviceKind[]} */ (["microphone", "camera"])) {
      await this.#inTurn(kind, async () => {
        const track = this[kind];
        if (track && (track.muted || track.readyState === "ended")) await this.#reopen(kind);
      });
    }
  }

  /** Stops everything. */
  close() {
    this.#closed = true;
    for (const kind of /** @type {const} */ (["microphone", "camera", "screen"])) this.#drop(kind);
    this.#meter.close();
    this.#mediaDevices?.removeEventListener?.("devicechange", this.#listDevices);
    this.emit("changed", null);
  }

  /**
   * @template T
   * @param {DeviceKind} kind
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn(kind, work) {
    const done = this.#last[kind].then(work);
    this.#last[kind] = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** Safari cannot open a device twice, so the old track is stopped first. @param {DeviceKind} kind */
  async #reopen(kind) {
    if (!this[kind]) {
      this.emit("changed", null);
      return;
    }
    this.#drop(kind);
    await this.#open(kind);
    this.emit("changed", null);
  }

  /** @param {DeviceKind} kind */
  async #open(kind) {
    if (this.#closed) return;
    if (!this.#secure || !this.#mediaDevices?.getUserMedia) {
      this.errors = { ...this.errors, [kind]: "insecure" };
      return;
    }
    try {
      const track = await this.#acquire(kind);
      if (this.#closed) {
        track.stop();
        return;
      }
      this.#take(kind, track);
      this.errors = { ...this.errors, [kind]: undefined };
    } catch (error) {
      this.errors = { ...this.errors, [kind]: ERRORS[/** @type {DOMException} */ (error).name] ?? "failed" };
    }
    await this.#listDevices();
  }

  /** @param {DeviceKind} kind @returns {Promise<MediaStreamTrack>} */
  async #acquire(kind) {
    const constraints = this.#constraints[kind];
    const id = this.chosen[kind];
    try {
      return await this.#request(kind, id ? { ...constraints, deviceId: { exact: id } } : constraints);
    } catch (error) {
      const { name } = /** @type {DOMException} */ (error);
      // The chosen device is gone or does not support the constraints: any device is better than none.
      if (name !== "OverconstrainedError" && !(id && name === "NotFoundError")) throw error;
      this.chosen = { ...this.chosen, [kind]: undefined };
      return this.#request(kind, true);
    }
  }

  /** @param {DeviceKind} kind @param {MediaTrackConstraints | true} constraints */
  async #request(kind, constraints) {
    const audio = kind === "microphone";
    const stream = await /** @type {MediaDevices} */ (this.#mediaDevices).getUserMedia(
      audio ? { audio: constraints } : { video: constraints },
    );
    return (audio ? stream.getAudioTracks() : stream.getVideoTracks())[0];
  }

  /** @param {DeviceKind | "screen"} kind @param {MediaStreamTrack} track */
  #take(kind, track) {
    this[kind] = track;
    if (kind === "microphone") track.enabled = !this.#muted;
    if (kind === "screen") track.contentHint = "detail";
    track.addEventListener("ended", () => {
      if (this[kind] === track) this.#ended(kind);
    });
  }

  /** @param {DeviceKind | "screen"} kind */
  async #ended(kind) {
    if (kind === "screen") {
      this.#drop("screen");
      this.emit("changed", null);
      this.emit("screenEnded", null);
      return;
    }
    await this.#inTurn(kind, () => this.#reopen(kind));
    this.emit("lost", kind);
  }

  /** @param {DeviceKind | "screen"} kind */
  #drop(kind) {
    this[kind]?.stop();
    this[kind] = undefined;
  }

  #listDevices = async () => {
    const all = (await this.#mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const of = (/** @type {MediaDeviceKind} */ wanted) =>
      all.filter(({ kind }) => kind === wanted).map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.devices = { microphones: of("audioinput"), cameras: of("videoinput"), speakers: of("audiooutput") };
    if (!this.#closed) this.emit("changed", null);
  };
}

/** Measures the microphone. Other participants' sound never goes through WebAudio, which breaks echo cancellation. */
class LevelMeter {
  #AudioContext;
  /** @type {AudioContext | undefined} */
  #context;
  /** @type {AnalyserNode | undefined} */
  #analyser;
  /** @type {MediaStreamTrack | undefined} */
  #track;
  /** @type {MediaStreamAudioSourceNode | undefined} */
  #source;
  #samples = new Float32Array(512);

  /** @param {typeof globalThis.AudioContext | undefined} AudioContext */
  constructor(AudioContext) {
    this.#AudioContext = AudioContext;
  }

  /** @param {MediaStreamTrack} track */
  level(track) {
    if (!this.#AudioContext) return 0;
    if (track !== this.#track) {
      this.#track = track;
      this.#context ??= new this.#AudioContext();
      this.#analyser ??= this.#context.createAnalyser();
      this.#analyser.fftSize = this.#samples.length;
      this.#source?.disconnect();
      this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
      this.#source.connect(this.#analyser);
    }
    this.#analyser?.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length);
  }

  close() {
    this.#context?.close().catch(() => {});
    this.#context = this.#analyser = this.#source = this.#track = undefined;
  }
}
