/**
 * @import { Hongyan } from "../../../hongyan.js"
 * @import { LinkReport, Tracks } from "./peer.js"
 * @import { CallEnd, CallMedia, CallSnapshot, Code, EndReason, JoinAnswer, MediaState, Notice, Participant, Problem,
 *   RosterItem, Signal } from "./types.js"
 */
import { Emitter } from "../../../client/emitter.js";
import { asHongyanError, HongyanError } from "../../../client/errors.js";
import { serverClock } from "../../../client/server-clock.js";
import { LocalMedia } from "./local-media.js";
import { PageWatch } from "./page.js";
import { Peer } from "./peer.js";
import { CpuSteps, maxSteps, targets } from "./quality.js";
import { LEVEL_INTERVAL_MS, SpeakerDetector } from "./speaker.js";

const LIMITATION_INTERVAL_MS = 2_000;
const REQUEST_MS = 10_000;
const RESUME_RETRY_MS = 2_000;
/** Credentials of TURN servers are valid much longer; all connections of a call restart at about the same time. */
const ICE_FRESH_MS = 30_000;
/** The minimum time between two automatic rejoins, so that a device never rejoins in a loop. */
const REJOIN_PAUSE_MS = 30_000;
/** Signals to keep from participants who are not in the roster yet, until the next snapshot. */
const MAX_EARLY_SIGNALS = 400;

const ALL_OFF = Object.freeze({ microphone: false, camera: false, screen: false, hand: false });

/** Whether a participant is in the call. @param {RosterItem} item */
const isIn = ({ state }) => state === "joined" || state === "reconnecting";

/** @typedef {{from: string, generation: number, signal: Signal}} ReceivedSignal */

/**
 * The devices with which a user enters a call.
 * @typedef {object} Entrance
 * @property {boolean} microphone
 * @property {boolean} camera
 */

/**
 * One call of this page, from its start to its end.
 *
 * The roster comes from the server as snapshots. Media flows between the participants and does not depend on the
 * connection to the server: when that is lost, the call resumes on the next one.
 *
 * Events: `changed` when any property changed, `speaking` with the participants who speak, `notice` for a toast, and
 * `ended` once.
 * @extends {Emitter<{changed: null, speaking: Set<string>, notice: Notice, ended: CallEnd}>}
 */
export class Call extends Emitter {
  /** Empty until the server has answered `call.start`. */
  id;
  conversation;
  media;
  /** Whether it is a one-to-one call, which has a security code. */
  direct;
  /** @type {LocalMedia} */
  local;
  /** The own participant id; undefined until this device has joined. @type {string | undefined} */
  me;
  /** The participant who may remove others and end the call. @type {string | undefined} */
  host;
  /** Since when the call is active, in ms by the server's clock. @type {number | undefined} */
  startedAt;
  /** In the order of the roster, this user included. @type {Participant[]} */
  participants = [];
  /** Why the call ended. @type {CallEnd | undefined} */
  ending;

  #client;
  #relayOnly;
  #RTCPeerConnection;
  #now;
  /** @type {(() => void)[]} */
  #off = [];
  /** @type {PageWatch | undefined} */
  #page;
  /** @type {Map<string, Peer>} by participant */
  #peers = new Map();
  /** @type {RosterItem[]} */
  #roster = [];
  #revision = -1;
  #resumeToken = "";
  /** @type {RTCIceServer[]} */
  #iceServers = [];
  /** @type {RTCCertificate[] | undefined} */
  #certificates;
  #iceAt = -Infinity;
  /** @type {Promise<void> | undefined} */
  #refreshing;
  /** Whether the current socket holds this participant. */
  #resumed = false;
  /** Counts sockets and rejoins, so that answers of earlier ones are dropped. */
  #run = 0;
  #rejoinedAt = -Infinity;
  /** Whether the server may have let this device rejoin without its answer reaching it. */
  #rejoining = false;
  #active = false;
  #wasConnected = false;
  /** Participants who are disconnected from the server. @type {Set<string>} */
  #away = new Set();
  /** The connections whose code was shown. @type {WeakSet<Peer>} */
  #coded = new WeakSet();
  #hadCode = false;
  #wanted = { microphone: false, hand: false, screen: false };
  /** The media state that the server last accepted. @type {MediaState} */
  #accepted = ALL_OFF;
  #sending = false;
  /** @type {ReceivedSignal[]} */
  #early = [];
  /** @type {CallSnapshot | undefined} */
  #earlySnapshot;
  #speakers = new SpeakerDetector();
  #cpu = new CpuSteps();
  /** @type {ReturnType<typeof setInterval>[]} */
  #timers = [];
  /** Plays the sound that the browser refused to play. @type {(() => Promise<void>) | undefined} */
  #playSound;

  /**
   * Use {@link Calls} to make calls; it passes on what the server pushes.
   * @param {object} options
   * @param {Hongyan} options.client
   * @param {string} options.conversation
   * @param {CallMedia} options.media
   * @param {string} [options.id]
   * @param {boolean} [options.direct] a call of two: it shows a code
   * @param {LocalMedia} [options.local] the call closes it at its end
   * @param {boolean} [options.relayOnly] hides the addresses of this device from other participants
   * @param {typeof globalThis.RTCPeerConnection} [options.RTCPeerConnection]
   * @param {() => number} [options.now] ms of a clock that does not jump
   */
  constructor({
    client,
    conversation,
    media,
    id = "",
    direct = false,
    local = new LocalMedia(),
    relayOnly = false,
    RTCPeerConnection = globalThis.RTCPeerConnection,
    now = () => performance.now(),
  }) {
    super();
    this.#client = client;
    this.conversation = conversation;
    this.media = media;
    this.id = id;
    this.local = local;
    this.direct = direct;
    this.#relayOnly = relayOnly;
    this.#RTCPeerConnection = RTCPeerConnection;
    this.#now = now;
    this.#off.push(
      client.on("state", (state) => state !== "online" && this.#disconnected()),
      client.on("welcome", () => this.#resume()),
      local.on("changed", () => this.#localChanged()),
      local.on("lost", (kind) => this.#notice(`call.notice_${kind}_lost`)),
      local.on("screenEnded", () => this.#notice("call.notice_screen_ended")),
    );
  }

  /** @returns {"ringing" | "connecting" | "active" | "reconnecting" | "ended"} */
  get state() {
    if (this.ending) return "ended";
    if (!this.me) return "connecting";
    if (!this.#resumed) return "reconnecting";
    if (!this.#active) return "ringing";
    return this.#wasConnected ? "active" : "connecting";
  }

  /** The code that two users compare; undefined in a group. @returns {Code | undefined} */
  get code() {
    if (!this.#verifies) return undefined;
    const [peer] = this.#peers.values();
    return peer?.code ?? { state: "pending" };
  }

  /** Pages without TLS cannot use the browser's cryptography. */
  get #verifies() {
    return this.direct && globalThis.crypto?.subtle !== undefined;
  }

  /** The participants who speak now. */
  get speaking() {
    return this.#speakers.speaking;
  }

  /** @returns {Problem[]} the most important first */
  get problems() {
    if (this.ending) return [];
    /** @type {Problem[]} */
    const problems = [];
    if (this.code?.state === "failed") problems.push({ key: "call.problem_code", values: {} });
    if (this.me && !this.#resumed) problems.push({ key: "call.problem_signaling", values: {} });
    for (const kind of /** @type {const} */ (["microphone", "camera"])) {
      const error = this.local.errors[kind];
      if (!error) continue;
      const retry = () => (kind === "microphone" ? this.setMicrophone(true) : this.setCamera(true));
      const action = error === "insecure" ? undefined : { name: /** @type {const} */ ("retry"), run: retry };
      problems.push({ key: `call.problem_${kind}_${error}`, values: {}, action });
    }
    if (this.#playSound) {
      const run = async () => {
        await this.#playSound?.();
        this.soundBlocked(undefined);
      };
      problems.push({ key: "call.problem_sound", values: {}, action: { name: "sound", run } });
    }
    for (const { participant = "", user, link } of this.participants) {
      if (link.state !== "failed" || this.#peers.get(participant)?.code.state === "failed") continue;
      const run = async () => this.#peers.get(participant)?.resume();
      problems.push({ key: "call.problem_link", values: { user }, action: { name: "retry", run } });
    }
    return problems;
  }

  /**
   * Enters the call: opens the devices, and joins on the server.
   * @param {"call.start" | "call.accept" | "call.join"} type
   * @param {Record<string, any>} data
   * @param {Entrance} entrance
   * @returns {Promise<void>}
   * @throws {HongyanError} the server's refusal; reason `call.left` if the user left in the meantime,
   * `client.no_webrtc` if
   *   the browser cannot make calls
   */
  async enter(type, data, { microphone, camera }) {
    this.#wanted.microphone = microphone;
    try {
      // Opens the devices first: without permission, browsers hide their addresses and some networks cannot connect.
      if (microphone) await this.local.setMicrophone(true);
      if (camera) await this.local.setCamera(true);
      this.#certificates = await makeCertificates(this.#RTCPeerConnection);
      this.#checkNotLeft();
      const { screen, hand, ...devices } = this.#desired;
      const answer = await this.#client.request(type, { ...data, ...devices }, { shouldSend: () => !this.ending });
      if (this.ending) this.#client.notify("call.leave", { call: answer.call });
      this.#checkNotLeft();
      this.#entered(answer);
    } catch (error) {
      this.#finish({ reason: "failed" });
      throw error;
    }
  }

  #checkNotLeft() {
    if (this.ending) throw new HongyanError({ kind: "conflict", reason: "call.left" });
  }

  // What the user does

  /** Resolves once it is on or off; a failure is in `problems`. @param {boolean} on */
  async setMicrophone(on) {
    this.#wanted.microphone = on;
    await this.local.setMicrophone(on);
  }

  /** @param {boolean} on */
  async setCamera(on) {
    await this.local.setCamera(on);
  }

  /**
   * Shares a screen or window; must be called in a click.
   * @param {boolean} on
   * @throws {HongyanError} reason `call.screen_taken` if another participant shares one
   */
  async setScreen(on) {
    if (on && this.#roster.some((item) => isIn(item) && item.media?.screen && item.participant !== this.me)) {
      throw new HongyanError({ kind: "conflict", reason: "call.screen_taken" });
    }
    if (!(await this.local.setScreen(on)) || this.#wanted.screen) return;
    try {
      await this.#request("call.media", { screen: true });
      this.#accepted = { ...this.#accepted, screen: true };
      this.#wanted.screen = true;
    } catch (error) {
      await this.local.setScreen(false);
      throw error;
    }
    this.#localChanged();
  }

  /** Raises or lowers the hand. @param {boolean} on */
  async setHand(on) {
    this.#wanted.hand = on;
    await this.#localChanged();
  }

  /** Rings users who are not in the call. @param {string[]} users at most 8 */
  async ring(users) {
    await this.#request("call.ring", { users });
  }

  /** Removes a participant; for the host. @param {string} participant */
  async remove(participant) {
    await this.#request("call.remove", { participant });
  }

  /** Ends the call for all; for the host. */
  async end() {
    await this.#request("call.end", {});
  }

  /** Leaves immediately, whatever the server answers. */
  async leave() {
    if (this.ending) return;
    const { me, id } = this;
    this.#finish({ reason: me && !this.#active ? "cancelled" : "left" });
    // Without a connection, the server notices after the grace period.
    if (me) await this.#client.request("call.leave", { call: id }, { withinMs: REQUEST_MS }).catch(() => {});
  }

  /**
   * The browser refused to play sound, because the user has not clicked yet.
   * @param {(() => Promise<void>) | undefined} play plays it, when called in a click; undefined if it plays now
   */
  soundBlocked(play) {
    this.#playSound = play;
    this.#changed();
  }

  /**
   * The statistics of each connection, by participant; for tests and diagnosis.
   * @returns {Promise<Map<string, RTCStatsReport>>}
   */
  async stats() {
    const all = [...this.#peers].map(async ([id, peer]) => /** @type {const} */ ([id, await peer.stats()]));
    return new Map(await Promise.all(all));
  }

  // What the server pushes

  /** @param {CallSnapshot} snapshot */
  onState(snapshot) {
    // Until this device has joined, a snapshot may show its previous participant.
    if (!this.#resumed) this.#earlySnapshot = snapshot;
    else if (snapshot.call === this.id) this.#apply(snapshot);
  }

  /** @param {{call: string, from: string, generation: number, signal: Signal}} push */
  onSignal({ from, generation, signal }) {
    const participant = from.replace(/^peer:/, "");
    const peer = this.#peers.get(participant);
    if (peer) peer.receive(generation, signal);
    else this.#early = [...this.#early, { from: participant, generation, signal }].slice(-MAX_EARLY_SIGNALS);
  }

  /** @param {CallEnd} end */
  onEnded(end) {
    this.#finish(end);
  }

  // Joining and resuming

  /** @param {JoinAnswer} answer */
  #entered(answer) {
    this.id = answer.call;
    this.me = answer.participant;
    this.#accepted = ALL_OFF;
    this.#page ??= new PageWatch({
      visible: () => this.#visible(),
      network: () => this.#networkChanged(),
      leaving: () => this.#client.notify("call.leave", { call: this.id }),
    });
    if (this.#timers.length === 0) {
      this.#timers.push(
        setInterval(() => this.#measureLevels(), LEVEL_INTERVAL_MS),
        setInterval(() => this.#measureLimitations(), LIMITATION_INTERVAL_MS),
      );
    }
    this.#holds(answer);
  }

  /** The current socket holds this participant. @param {JoinAnswer} answer */
  #holds(answer) {
    this.#resumed = true;
    this.#resumeToken = answer.resumeToken;
    this.#iceServers = answer.iceServers ?? [];
    this.#iceAt = this.#now();
    this.#relayOnly ||= answer.transport?.relayOnly === true;
    // The answer is authoritative.
    this.#revision = -1;
    this.#apply(answer);
    if (this.#earlySnapshot?.call === this.id) this.#apply(this.#earlySnapshot);
    this.#earlySnapshot = undefined;
    const mine = this.#roster.find(({ participant }) => participant === this.me);
    this.#accepted = { ...ALL_OFF, ...mine?.media };
    this.#retryPeers();
    this.#localChanged();
  }

  #disconnected() {
    if (!this.#resumed) return;
    this.#resumed = false;
    this.#run++;
    for (const peer of this.#peers.values()) peer.pause();
    this.#changed();
  }

  /** Resumes as the same participant on a new socket. */
  async #resume() {
    if (!this.me || this.ending) return;
    this.#disconnected();
    const run = ++this.#run;
    const shouldSend = () => run === this.#run && !this.ending;
    const data = { call: this.id, participant: this.me, resumeToken: this.#resumeToken };
    try {
      const answer = await this.#client.request("call.resume", data, { withinMs: REQUEST_MS, shouldSend });
      if (shouldSend()) this.#holds(answer);
    } catch (thrown) {
      const error = asHongyanError(thrown);
      if (!shouldSend()) return;
      if (error.reason === "call.resume_invalid") await this.#rejoin(run);
      else if (error.refused) this.#finish({ reason: "lost" });
      else this.#resumeLater(run);
    }
  }

  /** @param {number} run */
  #resumeLater(run) {
    setTimeout(() => run === this.#run && this.#resume(), RESUME_RETRY_MS);
  }

  /** The server believes that this device was disconnected for too long, for example because its node was cut off. */
  #lost() {
    this.#disconnected();
    this.#rejoin(this.#run);
  }

  /**
   * The participant has left. If the only reason is that this device was disconnected for too long, it rejoins.
   * @param {number} run
   */
  async #rejoin(run) {
    const shouldSend = () => run === this.#run && !this.ending;
    try {
      const state = await this.#client.request("call.get", { call: this.id }, { withinMs: REQUEST_MS, shouldSend });
      const reason = this.#whyNotRejoin(state);
      if (!shouldSend()) return;
      if (reason) {
        this.#finish({ reason });
        return;
      }
      this.#rejoining = true;
      const { screen, hand, ...devices } = this.#desired;
      const data = { call: this.id, ...devices };
      const answer = await this.#client.request("call.join", data, { withinMs: REQUEST_MS, shouldSend });
      if (!shouldSend()) return;
      this.#rejoining = false;
      this.#rejoinedAt = this.#now();
      for (const id of this.#peers.keys()) this.#drop(id);
      this.#entered(answer);
      this.#notice("call.notice_rejoined");
    } catch (thrown) {
      if (!shouldSend()) return;
      if (asHongyanError(thrown).refused) this.#finish({ reason: "lost" });
      else this.#resumeLater(run);
    }
  }

  /** @param {{participants?: RosterItem[]}} state @returns {EndReason | undefined} */
  #whyNotRejoin({ participants = [] }) {
    const mine = participants.filter(({ user }) => user === this.#client.user?.id);
    // The user has joined on another device or in another tab, which is newer.
    const newer = mine.filter((item) => isIn(item) && item.participant !== this.me);
    const session = this.#client.connection?.welcome?.session;
    if (newer.some(({ device }) => !this.#rejoining || device !== session)) return "replaced";
    const left = mine.find(({ participant }) => participant === this.me);
    if (left?.reason && left.reason !== "lost") return left.reason;
    return this.#now() - this.#rejoinedAt < REJOIN_PAUSE_MS ? "lost" : undefined;
  }

  // The roster

  /** @param {CallSnapshot} snapshot */
  #apply({ revision, host, participants }) {
    if (this.ending || revision < this.#revision) return;
    this.#revision = revision;
    this.host = host;
    this.#roster = participants;
    const mine = participants.find(({ participant }) => participant === this.me);
    // A roster without this participant is an error of the server, and no reason to hang up. A roster from before the
    // join is older than the answer.
    if (mine?.state === "left") {
      if (mine.reason === "lost") this.#lost();
      else this.#finish({ reason: mine.reason ?? "left" });
      return;
    }
    const others = participants.filter((item) => isIn(item) && item.participant && item.participant !== this.me);
    if (others.length > 0 && !this.#active) {
      this.#active = true;
      this.startedAt = serverClock.now();
    }
    this.#syncPeers(others);
    this.#changed();
  }

  /** @param {RosterItem[]} others */
  #syncPeers(others) {
    const present = new Set(others.map(({ participant }) => participant));
    for (const id of this.#peers.keys()) if (!present.has(id)) this.#drop(id);
    /** @type {Peer[]} */
    const fresh = [];
    for (const { participant = "", user, state } of others) {
      const known = this.#peers.get(participant);
      const peer = known ?? this.#meet(participant, user);
      const reachable = this.#resumed && state === "joined";
      if (!known) fresh.push(peer);
      if (!reachable) peer.pause();
      else if (known && this.#away.has(participant)) peer.resume();
    }
    this.#away = new Set(others.filter(({ state }) => state !== "joined").map(({ participant = "" }) => participant));
    this.#updateTargets();
    for (const peer of fresh) peer.start();
    this.#deliverEarly();
  }

  /** @param {string} participant @param {string} user */
  #meet(participant, user) {
    const peer = new Peer({
      call: this.id,
      me: { participant: /** @type {string} */ (this.me), user: this.#client.user?.id ?? "" },
      other: { participant, user },
      verify: this.#verifies,
      send: (generation, signal) =>
        this.#client.request(
          "call.signal",
          { call: this.id, to: `peer:${participant}`, generation, signal },
          { withinMs: REQUEST_MS, shouldSend: () => this.#resumed },
        ),
      configuration: () => ({
        iceServers: this.#iceServers,
        iceTransportPolicy: this.#relayOnly ? "relay" : "all",
        bundlePolicy: "max-bundle",
        certificates: this.#certificates,
      }),
      refresh: () => this.#refreshIce(),
      report: (report) => this.#report(participant, report),
      RTCPeerConnection: this.#RTCPeerConnection,
      now: this.#now,
    });
    this.#peers.set(participant, peer);
    peer.on("changed", () => this.#peerChanged(peer));
    peer.send(this.#tracks);
    return peer;
  }

  /** @param {string} participant */
  #drop(participant) {
    this.#peers.get(participant)?.close();
    this.#peers.delete(participant);
  }

  #deliverEarly() {
    const early = this.#early;
    this.#early = [];
    const known = new Set(this.#roster.map(({ participant }) => participant));
    for (const received of early) {
      const peer = this.#peers.get(received.from);
      if (peer) peer.receive(received.generation, received.signal);
      // The participant has left in the meantime: the signal is dropped.
      else if (!known.has(received.from)) this.#early.push(received);
    }
  }

  /** @param {Peer} peer */
  #peerChanged(peer) {
    if (peer.link.state === "connected") this.#wasConnected = true;
    if (this.#verifies && peer.code.state === "ready" && !this.#coded.has(peer)) {
      this.#coded.add(peer);
      if (this.#hadCode) this.#notice("call.notice_code_changed");
      this.#hadCode = true;
    }
    this.#changed();
  }

  #retryPeers(networkChanged = false) {
    if (!this.#resumed) return;
    for (const [id, peer] of this.#peers) if (!this.#away.has(id)) peer.resume(networkChanged);
  }

  #networkChanged() {
    this.#client.connection?.checkNow?.();
    this.#retryPeers(true);
  }

  #visible() {
    this.#retryPeers();
    this.local.recover();
  }

  /** Coalesces requests, because all connections need fresh servers at the same time. */
  #refreshIce() {
    if (this.#now() - this.#iceAt < ICE_FRESH_MS) return Promise.resolve();
    this.#refreshing ??= this.#request("call.ice", {})
      .then(({ iceServers }) => {
        this.#iceServers = iceServers;
        this.#iceAt = this.#now();
      })
      // The previous servers are better than none.
      .catch(() => {})
      .finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** @param {string} peer @param {LinkReport} report */
  #report(peer, report) {
    if (this.#resumed) this.#client.notify("call.link", { call: this.id, peer, ...report });
  }

  // What this participant sends

  /** @returns {MediaState} */
  get #desired() {
    return {
      microphone: this.#wanted.microphone && this.local.microphone !== undefined,
      camera: this.local.camera !== undefined,
      screen: this.#wanted.screen && this.local.screen !== undefined,
      hand: this.#wanted.hand,
    };
  }

  /** @returns {Tracks} */
  get #tracks() {
    const { microphone, camera, screen } = this.local;
    return { audio: microphone, camera, screen: this.#wanted.screen ? screen : undefined };
  }

  async #localChanged() {
    if (this.ending) return;
    if (!this.local.screen) this.#wanted.screen = false;
    for (const peer of this.#peers.values()) peer.send(this.#tracks);
    this.#updateTargets();
    this.#changed();
    await this.#sendMediaState();
  }

  /** Brings the server's media state up to date, one request after the other. */
  async #sendMediaState() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let changes = this.#mediaChanges(); changes && this.#resumed; changes = this.#mediaChanges()) {
        await this.#request("call.media", changes);
        this.#accepted = { ...this.#accepted, ...changes };
      }
    } catch (error) {
      if (asHongyanError(error).reason === "call.screen_taken") await this.local.setScreen(false);
      // Otherwise the state is sent again with the next change, or once the call has resumed.
    } finally {
      this.#sending = false;
    }
  }

  /** @returns {Partial<MediaState> | undefined} */
  #mediaChanges() {
    const desired = Object.entries(this.#desired);
    const changes = desired.filter(([name, on]) => this.#accepted[/** @type {keyof MediaState} */ (name)] !== on);
    return changes.length > 0 ? Object.fromEntries(changes) : undefined;
  }

  /** @param {string} type @param {Record<string, any>} data @returns {Promise<any>} */
  #request(type, data) {
    const shouldSend = () => !this.ending && this.#resumed;
    return this.#client.request(type, { call: this.id, ...data }, { withinMs: REQUEST_MS, shouldSend });
  }

  get #load() {
    return { participants: this.#roster.filter(isIn).length, sharing: this.#desired.screen };
  }

  #updateTargets() {
    const next = targets({ ...this.#load, steps: this.#cpu.steps });
    for (const peer of this.#peers.values()) peer.setTargets(next);
  }

  async #measureLimitations() {
    const measured = await Promise.all([...this.#peers.values()].map((peer) => peer.limitations().catch(() => null)));
    const sum = { limited: 0, senders: 0, max: maxSteps(this.#load) };
    for (const one of measured) {
      sum.limited += one?.limited ?? 0;
      sum.senders += one?.senders ?? 0;
    }
    if (!this.ending && this.#cpu.measure(sum, this.#now())) this.#updateTargets();
  }

  #measureLevels() {
    /** @type {Map<string, number>} */
    const levels = new Map();
    for (const { participant, media, mine } of this.participants) {
      if (!participant || !media.microphone) continue;
      levels.set(participant, mine ? this.local.level : (this.#peers.get(participant)?.level ?? 0));
    }
    if (!this.#speakers.update(levels, this.#now())) return;
    this.#showParticipants();
    this.emit("speaking", this.#speakers.speaking);
  }

  // State for the views

  #changed() {
    this.#showParticipants();
    this.emit("changed", null);
  }

  #showParticipants() {
    const present = new Set(this.#roster.filter(({ state }) => state !== "left").map(({ user }) => user));
    this.participants = this.#roster
      // A user who rejoined is shown once.
      .filter(({ state, user }) => state !== "left" || !present.has(user))
      .map((item) => this.#show(item));
  }

  /** @param {RosterItem} item @returns {Participant} */
  #show(item) {
    const { participant = "" } = item;
    const mine = participant !== "" && participant === this.me;
    const peer = this.#peers.get(participant);
    const { camera, screen } = this.#tracks;
    return {
      ...item,
      mine,
      media: mine ? this.#desired : { ...ALL_OFF, ...item.media },
      link: mine ? { state: "connected" } : (peer?.link ?? { state: "new" }),
      speaking: this.#speakers.speaking.has(participant),
      tracks: mine ? { camera, screen } : (peer?.tracks ?? {}),
    };
  }

  /** @param {string} key */
  #notice(key) {
    if (!this.ending) this.emit("notice", { key, values: {} });
  }

  /** @param {{reason: EndReason} & Partial<CallEnd>} end */
  #finish(end) {
    if (this.ending) return;
    const seconds = this.startedAt === undefined ? 0 : Math.floor((serverClock.now() - this.startedAt) / 1000);
    for (const id of this.#peers.keys()) this.#drop(id);
    this.ending = { call: this.id, conversation: this.conversation, seconds, ...end };
    this.#run++;
    for (const off of this.#off) off();
    for (const timer of this.#timers) clearInterval(timer);
    this.#page?.close();
    this.local.close();
    this.#early = [];
    this.#changed();
    this.emit("ended", this.ending);
  }
}

/**
 * One certificate for all connections of the call.
 * @param {typeof globalThis.RTCPeerConnection | undefined} RTCPeerConnection
 * @throws {HongyanError} reason `client.no_webrtc`
 */
async function makeCertificates(RTCPeerConnection) {
  if (!RTCPeerConnection) throw new HongyanError({ kind: "invalid", reason: "client.no_webrtc" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return [await RTCPeerConnection.generateCertificate(algorithm)];
}
