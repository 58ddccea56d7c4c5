/** A connection and a device with the surface that the feature uses, without a server and without a position. */
import { FakeHongyan, ME, USERS } from "../call-gallery/fakes.js";
import { HongyanError } from "../client/errors.js";
import { serverClock } from "../client/server-clock.js";

export { ME, USERS };
export const DIRECT = "direct";
export const GROUP = "group";

export const soon = (minutes) => new Date(serverClock.now() + minutes * 60_000).toISOString();

/** The positions of the user's device. */
export class FakeDevice {
  at = { latitude: 45.46402, longitude: 9.18985, accuracy: 18, heading: null, speed: null };
  error = 0;
  #watches = new Map();
  #id = 0;

  constructor() {
    const device = this;
    const geolocation = {
      getCurrentPosition(done, failed) {
        const answer = () => device.#answer(done, failed);
        if (device.held) device.held.push(answer);
        else queueMicrotask(answer);
      },
      watchPosition(done, failed) {
        device.#watches.set(++device.#id, [done, failed]);
        return device.#id;
      },
      clearWatch: (id) => device.#watches.delete(id),
    };
    Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
    const query = async () => ({ state: device.allowed ? "granted" : "prompt" });
    Object.defineProperty(navigator, "permissions", { value: { query }, configurable: true });
  }

  allowed = false;
  /** The measurements that a test answers later; null: all are answered at once. @type {(() => void)[] | null} */
  held = null;

  move(at) {
    Object.assign(this.at, at);
    for (const [done, failed] of this.#watches.values()) this.#answer(done, failed);
  }

  fail(code) {
    this.error = code;
    for (const [done, failed] of this.#watches.values()) this.#answer(done, failed);
  }

  #answer(done, failed) {
    if (this.error) failed({ code: this.error });
    else done({ timestamp: Date.now(), coords: { ...this.at } });
  }
}

/** The server, with what it was asked. */
export class FakeServer extends FakeHongyan {
  asked = [];
  sent = [];
  shares = [];
  people = [];
  /** What a watch pushes first, by conversation. */
  listed = {};
  refusals = {};
  #share = 0;

  constructor(tiles, tileCrs) {
    super();
    this.settings = {
      tileCrs,
      maxShareSeconds: 86_400,
      minUpdateMs: 2_000,
      cellKm: 1,
      ...(tiles && {
        tileUrl: "tiles/{z}/{x}/{y}.svg",
        tileAttribution: "© OpenStreetMap contributors, https://www.openstreetmap.org/copyright",
      }),
    };
    this.connection = { welcome: {}, request: (type, data) => this.request(type, data) };
  }

  async http(method, path) {
    return path === "location/map" ? this.settings : {};
  }

  send(conversation, content) {
    this.sent.push([conversation, content]);
  }

  async append(type, data) {
    return this.request(type, data);
  }

  async request(type, data) {
    if (!type.startsWith("location.") && !type.startsWith("nearby.")) return super.request(type, data);
    this.asked.push([type, data]);
    const refusal = this.refusals[type];
    if (refusal) throw new HongyanError(refusal);
    if (type === "location.start") {
      const share = `own-${++this.#share}`;
      const expiresAt = soon(data.seconds / 60);
      this.shares.push({ share, conversation: data.conversation, expiresAt });
      return { share, seq: 1, expiresAt };
    }
    const listed = type === "location.watch" && this.listed[data.conversation];
    if (listed) queueMicrotask(() => this.push(data.conversation, listed));
    if (type === "location.stop") this.shares = this.shares.filter(({ share }) => share !== data.share);
    if (type === "location.shares") return { shares: this.shares };
    if (type === "nearby.find") return { people: this.people };
    return {};
  }

  notify(type, data) {
    this.asked.push([type, data]);
  }

  push(conversation, positions) {
    this.emit("location.positions", { conversation, positions });
  }

  last(type) {
    return this.asked.filter(([asked]) => asked === type).at(-1)?.[1];
  }
}
