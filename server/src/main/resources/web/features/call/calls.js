/**
 * @import { Hongyan } from "../../hongyan.js"
 * @import { Store } from "../../store/store.js"
 * @import { Call } from "./client/call.js"
 * @import { LocalMedia } from "./client/local-media.js"
 * @import { Banner, CallEnd, CallMedia, CallSnapshot, DeviceChoice, Ringing } from "./client/types.js"
 */
import { Emitter } from "../../client/emitter.js";
import { asHongyanError, HongyanError } from "../../client/errors.js";
import { newClientId } from "../../client/ids.js";
import { serverClock } from "../../client/server-clock.js";
import { lazy } from "../../lazy.js";
import { testSwitches } from "./client/test-switches.js";

/** How long an ended call is remembered, so that a late `call.ringing` does not ring. */
const REMEMBER_MS = 120_000;
const MAX_REMEMBERED = 200;
const MAX_RINGING = 20;
/** How many banners are reloaded after a reconnect. */
const MAX_REREAD = 20;
/** How long the end of a call is shown. */
const SHOW_END_MS = 4_000;

const client = lazy(() => import("./client/index.js"));

/**
 * How a user enters a call.
 * @typedef {object} EntryOptions
 * @property {boolean} microphone
 * @property {boolean} camera
 * @property {DeviceChoice} [devices]
 * @property {LocalMedia} [local] the open devices of a preview; the call takes them over and closes them
 * @property {boolean} [relayOnly] hides the addresses of this device from other participants
 */

/**
 * The user's calls on this device: ringing calls, and the call that this page is in.
 *
 * Event: `changed` when any property changes; changes within `current` are events of that call.
 * @extends {Emitter<{changed: null}>}
 */
export class Calls extends Emitter {
  /** The calls that ring on this device, the oldest first. @type {Ringing[]} */
  ringing = [];
  /** The call of this page, from the moment when the user starts or accepts it. @type {Call | undefined} */
  current;
  /** The call that has just ended, for four seconds. @type {CallEnd | undefined} */
  ended;

  #client;
  #store;
  #load;
  #switches;
  /** The calls that have ended or were declined, and until when. @type {Map<string, {until: number, end?: CallEnd}>} */
  #over = new Map();
  /** @type {Set<string>} calls whose sound is off on this device */
  #silenced = new Set();
  /** The newest known banners, by conversation; null: no call. @type {Map<string, Banner | null>} */
  #banners = new Map();
  /** @type {Set<string>} conversations whose banner was requested since the last connection */
  #requested = new Set();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} by call */
  #expiries = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #endTimer;
  /** Until when the page leaves unknown calls of this device, because a `call.start` got no answer. */
  #orphansUntil = 0;

  /**
   * @param {Hongyan} hongyan
   * @param {object} [options]
   * @param {Store} [options.store] knows conversations and their calls in progress; absent without the web client
   * @param {() => Promise<{Call: typeof Call, LocalMedia: typeof LocalMedia}>} [options.load] for tests
   */
  constructor(hongyan, { store, load = client } = {}) {
    super();
    this.#client = hongyan;
    this.#store = store;
    this.#load = load;
    this.#switches = testSwitches(hongyan, this);
    hongyan.on("welcome", () => this.#onWelcome());
    hongyan.on("call.ringing", (ringing) => this.#onRinging(ringing));
    hongyan.on("call.answered_elsewhere", ({ call }) => this.#stopRinging(call));
    hongyan.on("call.ended", (end) => this.#onEnded(end));
    hongyan.on("call.state", (snapshot) => this.#onState(snapshot));
    hongyan.on("call.signal", (push) => {
      if (this.current && [push.call, ""].includes(this.current.id)) this.current.onSignal(push);
    });
    hongyan.on("call.banner", ({ conversation, call }) => this.#setBanner(conversation, call ?? null));
    hongyan.on("change", ({ conversation, info }) => {
      if (info) this.#onRead(conversation, /** @type {{call?: Banner}} */ (info).call);
    });
  }

  /** Whether the connected node supports calls. */
  get enabled() {
    return this.#client.supports("call.start");
  }

  /** Media constraints that replace the default ones; undefined except in tests. */
  get constraints() {
    return this.#switches?.constraints;
  }

  /**
   * The call in progress in a conversation.
   * @param {string} conversation
   * @returns {Banner | undefined}
   */
  banner(conversation) {
    if (conversation === this.#store?.viewing) this.#readBanner(conversation);
    return this.#known(conversation);
  }

  /** Whether the sound of a ringing call is off on this device. @param {string} call */
  isSilenced(call) {
    return this.#silenced.has(call);
  }

  /**
   * Calls a conversation.
   * @param {string} conversation
   * @param {EntryOptions & {media: CallMedia, invite?: string[]}} options `invite`: whom to ring instead of all members
   * @returns {Promise<Call>} once the server has started it; `current` is set before that
   * @throws {HongyanError} reason `call.in_another_call` while this page is in a call, `call.left` if the user hung up
   *   before the answer; else the server's refusal
   */
  start(conversation, { media, invite, ...entry }) {
    if (this.current) {
      return Promise.reject(new HongyanError({ kind: "conflict", reason: "call.in_another_call" }));
    }
    const data = { conversation, clientId: newClientId(), media, invite };
    return this.#enter("call.start", { conversation, media }, data, entry);
  }

  /**
   * Accepts a ringing call, and leaves the current call.
   * @param {string} call
   * @param {EntryOptions} entry
   * @returns {Promise<Call>}
   * @throws {HongyanError} reason `call.answered_elsewhere` if another device was faster; {@link join} then moves the
   * call here
   */
  async accept(call, entry) {
    const ringing = this.ringing.find((one) => one.call === call);
    if (!ringing) throw new HongyanError({ kind: "conflict", reason: "call.ended" });
    this.#stopRinging(call);
    try {
      await this.current?.leave();
      return await this.#enter("call.accept", { ...ringing, id: call }, { call }, entry);
    } catch (error) {
      // The server was not reached, so the call still rings.
      if (asHongyanError(error).retryable) this.#onRinging(ringing);
      throw error;
    }
  }

  /**
   * Enters a call in progress, or moves it from another device to this one.
   * @param {string} call
   * @param {EntryOptions} entry
   * @returns {Promise<Call>}
   */
  async join(call, entry) {
    await this.current?.leave();
    const { conversation, media } = await this.#client.request("call.get", { call });
    return this.#enter("call.join", { conversation, media, id: call }, { call }, entry);
  }

  /**
   * Leaves a call that another device of the user is in. Only a participant's own socket can leave, so this page takes
   * its place first.
   * @param {string} call
   */
  async leaveElsewhere(call) {
    try {
      await this.#client.request("call.join", { call, microphone: false, camera: false });
    } catch (thrown) {
      const error = asHongyanError(thrown);
      // It has ended, or the other device has just left it.
      if (error.refused) return;
      this.#onFailed(call, error);
      throw error;
    }
    await this.#client.request("call.leave", { call });
  }

  /** @param {string} call */
  async decline(call) {
    this.#stopRinging(call);
    this.#remember(call);
    try {
      await this.#client.request("call.decline", { call });
    } finally {
      // A later ring is a new one: a participant of a group call may ring the user again.
      if (!this.#over.get(call)?.end) this.#over.delete(call);
    }
  }

  /** Turns off the sound of a ringing call on this device. @param {string} call */
  silence(call) {
    this.#silenced.add(call);
    this.emit("changed", null);
  }

  /** Another user signed in, or the user signed out. */
  clear() {
    this.current?.leave();
    for (const { call } of this.ringing) this.#stopRinging(call);
    this.#over.clear();
    this.#banners.clear();
    this.#requested.clear();
    this.ended = undefined;
    this.emit("changed", null);
  }

  /**
   * @param {"call.start" | "call.accept" | "call.join"} type
   * @param {{conversation: string, media: CallMedia, id?: string}} about
   * @param {Record<string, any>} data
   * @param {EntryOptions} entry
   */
  async #enter(type, { conversation, media, id }, data, { devices, local, relayOnly, ...entrance }) {
    const { Call, LocalMedia } = await this.#load();
    const direct = await this.#isDirect(conversation);
    if (this.current) throw new HongyanError({ kind: "conflict", reason: "call.in_another_call" });
    const call = new Call({
      client: this.#client,
      conversation,
      media,
      id,
      direct,
      local: local ?? new LocalMedia({ chosen: devices, constraints: this.constraints }),
      relayOnly,
    });
    this.current = call;
    call.on("ended", (end) => this.#onCallEnded(call, end));
    this.emit("changed", null);
    try {
      await call.enter(type, data, entrance);
    } catch (error) {
      this.#onFailed(id, asHongyanError(error));
      throw error;
    }
    this.#stopRinging(call.id);
    // If the other side was busy, the end can overtake the answer.
    const end = this.#over.get(call.id)?.end;
    if (end) call.onEnded(end);
    return call;
  }

  /** @param {string | undefined} call @param {HongyanError} error */
  #onFailed(call, { refused, kind }) {
    if (refused || !["disconnected", "timeout", "internal"].includes(kind)) return;
    // The server may have added this device to the call, where it must not stay unnoticed.
    if (call) this.#client.request("call.leave", { call }, { withinMs: REMEMBER_MS }).catch(() => {});
    else this.#orphansUntil = Date.now() + REMEMBER_MS;
  }

  /** Only direct calls have a security code. @param {string} conversation */
  async #isDirect(conversation) {
    const known = this.#store?.conversations.get(conversation)?.info;
    const info = known ?? (await this.#client.request("conversation.get", { conversation })).conversation;
    return info.kind === "direct";
  }

  /** @param {Call} call @param {CallEnd} end */
  #onCallEnded(call, end) {
    if (this.current === call) this.current = undefined;
    if (!call.me) {
      this.emit("changed", null);
      return;
    }
    // In a group, the others may continue.
    const others = call.participants.filter(({ state, mine }) => state === "joined" && !mine).length;
    const continues = !call.direct && others > 0;
    this.#setBanner(end.conversation, continues ? { id: end.call, media: call.media, count: others } : null);
    this.#showEnd(end);
  }

  /** @param {CallEnd} end */
  #showEnd(end) {
    this.ended = end;
    clearTimeout(this.#endTimer);
    this.#endTimer = setTimeout(() => {
      this.ended = undefined;
      this.emit("changed", null);
    }, SHOW_END_MS);
    this.emit("changed", null);
  }

  /** @param {CallEnd} end */
  #onEnded(end) {
    this.#remember(end.call, end);
    this.#stopRinging(end.call);
    this.#setBanner(end.conversation, null);
    if (this.current?.id === end.call) this.current.onEnded(end);
    else if (this.ended?.call === end.call) this.#showEnd({ ...end, reason: this.ended.reason });
  }

  /** @param {CallSnapshot} snapshot */
  #onState(snapshot) {
    const { current } = this;
    if (current && [snapshot.call, ""].includes(current.id)) {
      current.onState(snapshot);
      return;
    }
    const session = this.#client.connection?.welcome?.session;
    const isOrphan = snapshot.participants.some(({ device, state }) => device === session && state === "joined");
    if (isOrphan && Date.now() < this.#orphansUntil) this.#client.notify("call.leave", { call: snapshot.call });
    this.#dropIfNotRung(snapshot);
  }

  // Ringing

  /** @param {Ringing} ringing */
  #onRinging(ringing) {
    const { call, expiresAt } = ringing;
    const leftMs = Date.parse(expiresAt) - serverClock.now();
    if (this.#isOver(call) || this.current?.id === call || !(leftMs > 0)) return;
    this.#client.notify("call.ring.ack", { call });
    clearTimeout(this.#expiries.get(call));
    this.#expiries.set(
      call,
      setTimeout(() => this.#stopRinging(call), leftMs),
    );
    if (this.ringing.some((one) => one.call === call)) return;
    this.ringing = [...this.ringing, ringing].slice(-MAX_RINGING);
    this.emit("changed", null);
  }

  /** @param {string} call */
  #stopRinging(call) {
    clearTimeout(this.#expiries.get(call));
    this.#expiries.delete(call);
    this.#silenced.delete(call);
    if (!this.ringing.some((one) => one.call === call)) return;
    this.ringing = this.ringing.filter((one) => one.call !== call);
    this.emit("changed", null);
  }

  /** @param {CallSnapshot} snapshot */
  #dropIfNotRung({ call, participants }) {
    const me = this.#client.user?.id;
    const rung = participants.some(({ user, state }) => user === me && ["invited", "ringing"].includes(state));
    if (!rung) this.#stopRinging(call);
  }

  /** Removes rings that ended while the page was disconnected. The server repeats the others. */
  async #checkRinging() {
    for (const { call } of this.ringing) {
      try {
        this.#dropIfNotRung(await this.#client.request("call.get", { call }));
      } catch (error) {
        if (asHongyanError(error).refused) this.#stopRinging(call);
      }
    }
  }

  /** @param {string} call @param {CallEnd} [end] */
  #remember(call, end) {
    this.#over.delete(call);
    this.#over.set(call, { until: Date.now() + REMEMBER_MS, end });
    if (this.#over.size > MAX_REMEMBERED) this.#over.delete(/** @type {string} */ (this.#over.keys().next().value));
  }

  /** @param {string} call */
  #isOver(call) {
    return (this.#over.get(call)?.until ?? 0) > Date.now();
  }

  // Banners

  #onWelcome() {
    this.#requested.clear();
    this.#checkRinging();
    this.#checkBanners();
    this.emit("changed", null);
  }

  /** Reloads banners, because no push reports calls that ended while the page was disconnected. */
  async #checkBanners() {
    const stored = [...(this.#store?.conversations.keys() ?? [])];
    const shown = new Set([...this.#banners.keys(), ...stored].filter((conversation) => this.#known(conversation)));
    for (const conversation of [...shown].slice(0, MAX_REREAD)) await this.#readBanner(conversation);
  }

  /** @param {string} conversation @returns {Banner | undefined} */
  #known(conversation) {
    const said = this.#banners.get(conversation);
    if (said !== undefined) return said ?? undefined;
    const info = /** @type {{call?: Banner} | undefined} */ (this.#store?.conversations.get(conversation)?.info);
    return info?.call && !this.#isOver(info.call.id) ? info.call : undefined;
  }

  /** @param {string} conversation @param {Banner | null} banner */
  #setBanner(conversation, banner) {
    const known = banner && this.#isOver(banner.id) ? null : banner;
    this.#banners.set(conversation, known);
    this.emit("changed", null);
  }

  /** Reloads a banner after a reconnect, because the page may have missed a push. @param {string} conversation */
  async #readBanner(conversation) {
    if (this.#requested.has(conversation) || !this.enabled) return;
    this.#requested.add(conversation);
    const before = this.#banners.get(conversation);
    try {
      const answer = await this.#client.request("conversation.get", { conversation });
      // A push that came before the answer may be newer.
      if (this.#banners.get(conversation) === before) this.#onRead(conversation, answer.conversation.call);
    } catch {
      // Not a member, or no connection: read again after the next one.
    }
  }

  /**
   * A conversation was read. The server leaves its call out also while it cannot read calls, so this alone does not
   * remove a banner.
   * @param {string} conversation
   * @param {Banner} [banner]
   */
  #onRead(conversation, banner) {
    const known = this.#known(conversation);
    if (banner ?? known) this.#setBanner(conversation, banner ?? known ?? null);
    if (!banner && known) this.#removeIfOver(conversation, known);
  }

  /** @param {string} conversation @param {Banner} banner */
  async #removeIfOver(conversation, banner) {
    try {
      await this.#client.request("call.get", { call: banner.id });
    } catch (error) {
      const isCurrent = this.#known(conversation)?.id === banner.id;
      if (isCurrent && asHongyanError(error).refused) this.#setBanner(conversation, null);
    }
  }
}

/** @param {Store} store @returns {Calls} */
export function callsOf(store) {
  return store.part("call");
}
