/** @import { Code, Link, Signal } from "./types.js" */
/** @import { SasPair } from "./sas.js" */
/** @import { Targets } from "./quality.js" */
import { Emitter } from "../../../client/emitter.js";
import { audioEncoding, videoEncoding } from "./quality.js";
import { code, commitment, fingerprintOf, fromBase64, keepsCommitment, randomBytes, toBase64 } from "./sas.js";
import { SignalQueue } from "./signal-queue.js";

const MAX_CANDIDATES = 16;
/** Batches candidates, which are found within milliseconds of each other, into one signal. */
const BATCH_MS = 50;
const MAX_EARLY_CANDIDATES = 200;

/** The shortest time between two negotiations. It grows while they fail. */
const RESTART_MS = 5_000;
const BACKOFF = 1.5;
/** How long an answered negotiation may take to connect before the next one. */
const CHECKING_MS = 12_000;
const GIVE_UP_MS = 30_000;
/** Most interruptions are shorter than this. */
const DISCONNECTED_MS = 5_000;
/** Right after a network change, the connection does not recover by itself. */
const EAGER_MS = 15_000;
/** The offerer reveals its bytes right after the answer. If they are lost, a new negotiation repeats them. */
const VERIFY_MS = 5_000;
const MAX_VERIFY_REQUESTS = 4;

/** The sections of a session description, in their order: they never change. @type {("audio" | "video")[]} */
const SECTIONS = ["audio", "video", "video"];

/** @typedef {{audio?: MediaStreamTrack, camera?: MediaStreamTrack, screen?: MediaStreamTrack}} Tracks */

/** @typedef {{participant: string, user: string}} Side */

/**
 * @typedef {object} LinkReport
 * @property {number} generation
 * @property {"connected" | "failed" | "closed"} state
 * @property {"host" | "srflx" | "relay"} [route]
 * @property {string} [protocol]
 * @property {number} [ms] from the beginning of the negotiation
 */

/**
 * The connection to one other participant. The participant with the lower id always offers, also to restart ICE, so
 * that offers never cross; the other one asks for an offer with `restart`. For compatibility with other clients, an
 * offer from the other side is answered too, unless it crosses an offer of this side.
 *
 * Each offer has a `generation`, which answers, candidates and requests repeat; signals of older generations are
 * dropped. A connection has three sections from the start (audio, camera, screen), and tracks are only replaced.
 *
 * Event: `changed` when `link`, `tracks` or `code` changed.
 * @extends {Emitter<{changed: null}>}
 */
export class Peer extends Emitter {
  /** @type {Link} */
  link = { state: "new" };
  /** What the other participant sends. @type {Tracks} */
  tracks = {};
  /** @type {Code} */
  code = { state: "pending" };
  /** The number of the newest offer. */
  generation = 0;

  #options;
  #pc;
  #queue;
  #offers;
  /** Operations on the connection run one after the other. */
  #last = Promise.resolve();
  #closed = false;
  #paused = false;
  /** The generation whose local description was sent, so that its candidates may follow. */
  #described = 0;
  /** The generation whose remote description is set. */
  #remote = 0;
  /** Whether this side sent the newest offer. */
  #ownOffer = false;
  /** @type {RTCIceCandidateInit[]} */
  #candidates = [];
  #noMoreCandidates = false;
  /** @type {{generation: number, candidate?: RTCIceCandidateInit}[]} */
  #early = [];
  /** @type {Tracks} */
  #sent = {};
  /** @type {Targets | undefined} */
  #targets;
  #encoding = Promise.resolve();

  /** Since when there is no connection; undefined while there is one. @type {number | undefined} */
  #downSince;
  #negotiatedAt = -Infinity;
  #nextAt = -Infinity;
  #eagerUntil = -Infinity;
  #attempts = 0;
  /** The generation that was reported last. */
  #reported = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #batchTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #verifyTimer;

  /** @type {SasPair} */
  #pair;
  #random = randomBytes();
  /** What the other side sent first: its commitment, or its random bytes. @type {Uint8Array | undefined} */
  #received;
  /** @type {string | undefined} */
  #receivedFingerprint;
  #verified = 0;

  /**
   * @param {object} options
   * @param {string} options.call
   * @param {Side} options.me
   * @param {Side} options.other
   * @param {boolean} options.verify whether to compute the code
   * @param {(generation: number, signal: Signal) => Promise<unknown>} options.send resolves once the other
   *   participant's node has it
   * @param {() => RTCConfiguration} options.configuration
   * @param {() => Promise<unknown>} options.refresh brings fresh ICE servers into the configuration, before a restart
   * @param {(report: LinkReport) => void} options.report
   * @param {typeof globalThis.RTCPeerConnection} [options.RTCPeerConnection]
   * @param {() => number} [options.now] ms of a clock that does not jump
   */
  constructor(options) {
    super();
    this.#options = { RTCPeerConnection: globalThis.RTCPeerConnection, now: () => performance.now(), ...options };
    const { call, me, other } = options;
    this.#offers = isLower(me.participant, other.participant);
    const [offerer, answerer] = this.#offers ? [me, other] : [other, me];
    this.#pair = {
      call,
      offerer: offerer.participant,
      answerer: answerer.participant,
      offererUser: offerer.user,
      answererUser: answerer.user,
    };
    this.#queue = new SignalQueue(({ generation, signal }) => options.send(generation, signal));
    this.#downSince = this.#options.now();
    this.#pc = new this.#options.RTCPeerConnection(options.configuration());
    this.#pc.onicecandidate = ({ candidate }) => this.#found(candidate);
    this.#pc.onconnectionstatechange = () => this.#stateChanged();
    if (this.#offers) for (const kind of SECTIONS) this.#pc.addTransceiver(kind, { direction: "sendrecv" });
  }

  /** Begins the negotiation: offers, or waits for the offer. */
  start() {
    this.#attempt();
  }

  /**
   * Sets the tracks and encodings to send.
   * @param {Tracks} tracks
   */
  send(tracks) {
    this.#sent = tracks;
    this.#replaceTracks();
    this.#encode();
  }

  /** @param {Targets} targets */
  setTargets(targets) {
    this.#targets = targets;
    this.#encode();
  }

  /** Call when either side loses the server: signals cannot be exchanged, but media may still flow. */
  pause() {
    this.#paused = true;
    this.#queue.pause();
    clearTimeout(this.#timer);
  }

  /**
   * Call when signals can be exchanged again or the network changed: if there is no connection, retries immediately
   * with the initial limits.
   * @param {boolean} [networkChanged] the browser may not have noticed yet that the connection is lost
   */
  resume(networkChanged = false) {
    if (this.#closed) return;
    this.#paused = false;
    this.#queue.resume();
    if (networkChanged) this.#eagerUntil = this.#options.now() + EAGER_MS;
    if (this.#downSince === undefined && !this.#unanswered) return;
    if (this.#downSince !== undefined) this.#downSince = this.#options.now();
    this.#attempts = 0;
    this.#nextAt = this.#negotiatedAt + RESTART_MS;
    this.#revive();
    this.#attempt();
  }

  /** Retries a connection that has failed. */
  #revive() {
    if (this.link.state !== "failed") return;
    this.#downSince = this.#options.now();
    this.#attempts = 0;
    this.#setLink({ state: "interrupted" });
  }

  /** How loud the other participant is, from 0 to 1. */
  get level() {
    const receiver = this.#transceivers().audio?.receiver;
    return receiver?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
  }

  /**
   * The number of video senders that are limited by the CPU.
   * @returns {Promise<{limited: number, senders: number}>}
   */
  async limitations() {
    const { camera, screen } = this.#transceivers();
    const senders = [camera, screen].flatMap((transceiver) => (transceiver?.sender.track ? transceiver.sender : []));
    let limited = 0;
    for (const sender of senders) {
      for (const stats of (await sender.getStats()).values()) {
        if (stats.type === "outbound-rtp" && stats.qualityLimitationReason === "cpu") limited++;
      }
    }
    return { limited, senders: senders.length };
  }

  /** For tests and diagnosis. @returns {Promise<RTCStatsReport>} */
  stats() {
    return this.#pc.getStats();
  }

  /**
   * Handles a signal from the other participant.
   * @param {number} generation
   * @param {Signal} signal
   * @returns {Promise<void>} once it is processed
   */
  receive(generation, signal) {
    return this.#inTurn(async () => {
      if (signal.type === "offer") await this.#onOffer(generation, signal);
      else if (signal.type === "candidates") await this.#onCandidates(generation, signal);
      else if (generation !== this.generation) return;
      else if (signal.type === "answer") await this.#onAnswer(signal);
      else if (signal.type === "verify") await this.#onVerify(signal);
      else if (signal.type === "restart" && this.#offers) {
        this.#revive();
        this.#attempt(true);
      }
    });
  }

  close() {
    if (this.#closed) return;
    if (this.generation > 0) this.#report("closed");
    this.#shut();
  }

  #shut() {
    this.#closed = true;
    this.#queue.close();
    clearTimeout(this.#timer);
    clearTimeout(this.#batchTimer);
    clearTimeout(this.#verifyTimer);
    this.#pc.onicecandidate = this.#pc.onconnectionstatechange = null;
    this.#pc.close();
  }

  /** @param {() => Promise<void>} work @returns {Promise<void>} */
  #inTurn(work) {
    this.#last = this.#last
      .then(() => (this.#closed ? undefined : work()))
      .catch((error) => {
        // The signal is invalid, or the connection was closed in the meantime: the next attempt decides. The message
        // may contain addresses, so only the name of the error is logged.
        if (!this.#closed) console.warn(`negotiation with ${this.#options.other.participant} failed: ${error.name}`);
      });
    return this.#last;
  }

  // Negotiation

  async #offer() {
    if (this.generation > 0) await this.#refresh();
    const generation = ++this.generation;
    const pc = this.#pc;
    this.#ownOffer = true;
    this.#begins();
    await this.#replaceTracks();
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: generation > 1 }));
    const sdp = pc.localDescription?.sdp ?? "";
    const blob = this.#options.verify
      ? toBase64(await commitment(this.#pair, fingerprintOf(sdp), this.#random))
      : undefined;
    this.#describe({ type: "offer", sdp, blob });
  }

  /** @param {number} generation @param {Signal} signal */
  async #onOffer(generation, { sdp = "", blob }) {
    if (generation <= this.generation) return;
    const pc = this.#pc;
    // The participant with the lower id does not yield: the other one has to answer its offer.
    if (this.#offers && pc.signalingState !== "stable") return;
    const again = this.generation > 0;
    this.generation = generation;
    this.#ownOffer = false;
    this.#begins();
    if (!this.#remembers(sdp, this.#offers ? undefined : blob)) return;
    if (again) await this.#refresh();
    await pc.setRemoteDescription({ type: "offer", sdp });
    for (const transceiver of pc.getTransceivers()) transceiver.direction = "sendrecv";
    await this.#replaceTracks();
    await this.#remoteIsSet();
    await pc.setLocalDescription(await pc.createAnswer());
    const mine = this.#options.verify && !this.#offers && this.#received ? toBase64(this.#random) : undefined;
    this.#describe({ type: "answer", sdp: pc.localDescription?.sdp ?? "", blob: mine });
    this.#encode();
    this.#reportRestart();
  }

  /** @param {Signal} signal */
  async #onAnswer({ sdp = "", blob }) {
    const pc = this.#pc;
    if (!this.#ownOffer || pc.signalingState !== "have-local-offer") return;
    if (!this.#remembers(sdp, this.#offers ? blob : undefined)) return;
    await pc.setRemoteDescription({ type: "answer", sdp });
    await this.#remoteIsSet();
    this.#encode();
    this.#reportRestart();
    if (!this.#received || !this.#offers) return;
    const fingerprints = this.#fingerprints();
    const randoms = { offerer: this.#random, answerer: this.#received };
    this.#setCode({ state: "ready", symbols: await code(this.#pair, fingerprints, randoms) });
    this.#queue.add(this.generation, { type: "verify", blob: toBase64(this.#random) });
  }

  /** @param {number} generation @param {Signal} signal */
  async #onCandidates(generation, { candidates = [], final = false }) {
    if (generation < this.generation) return;
    const all = candidates.map((candidate) => ({ generation, candidate }));
    const received = final ? [...all, { generation, candidate: undefined }] : all;
    if (generation === this.generation && this.#remote === generation) {
      for (const { candidate } of received) await this.#addCandidate(candidate);
    } else {
      this.#early = [...this.#early, ...received].slice(0, MAX_EARLY_CANDIDATES);
    }
  }

  /** Starts a new generation, and drops the state of the previous one. */
  #begins() {
    this.#negotiatedAt = this.#options.now();
    this.#candidates = [];
    this.#noMoreCandidates = false;
    this.#early = this.#early.filter(({ generation }) => generation >= this.generation);
    this.#revive();
    if (this.link.state === "new") this.#setLink({ state: "connecting" });
    if (this.#downSince !== undefined && !this.#paused) this.#schedule();
  }

  /** The descriptions that are in use. */
  async #remoteIsSet() {
    this.#remote = this.generation;
    const { audio, camera, screen } = this.#transceivers();
    this.tracks = {
      audio: audio?.receiver.track,
      camera: camera?.receiver.track,
      screen: screen?.receiver.track,
    };
    this.emit("changed", null);
    const ready = this.#early.filter(({ generation }) => generation === this.generation);
    this.#early = this.#early.filter(({ generation }) => generation > this.generation);
    for (const { candidate } of ready) await this.#addCandidate(candidate);
  }

  /** @param {RTCIceCandidateInit | undefined} candidate undefined: there are no more */
  async #addCandidate(candidate) {
    // An invalid candidate does not affect the others.
    await this.#pc.addIceCandidate(candidate).catch(() => {});
  }

  /** Sends a description, and then the candidates. @param {Signal} signal */
  #describe(signal) {
    this.#queue.add(this.generation, signal);
    this.#described = this.generation;
    this.#flushSoon();
  }

  /** @param {RTCIceCandidate | null} candidate */
  #found(candidate) {
    const ufrag = candidate?.usernameFragment;
    if (ufrag && !this.#pc.localDescription?.sdp.includes(`a=ice-ufrag:${ufrag}`)) return;
    // Some browsers announce the end with an empty candidate, too.
    if (candidate === null) this.#noMoreCandidates = true;
    else if (candidate.candidate) this.#candidates.push(candidate.toJSON());
    this.#flushSoon();
  }

  #flushSoon() {
    if (this.#described !== this.generation) return;
    const now = this.#noMoreCandidates || this.#candidates.length >= MAX_CANDIDATES;
    clearTimeout(this.#batchTimer);
    if (now) this.#flush();
    else if (this.#candidates.length > 0) this.#batchTimer = setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush() {
    while (this.#candidates.length > 0 || this.#noMoreCandidates) {
      const candidates = this.#candidates.splice(0, MAX_CANDIDATES);
      const final = this.#noMoreCandidates && this.#candidates.length === 0;
      if (final) this.#noMoreCandidates = false;
      this.#queue.add(this.generation, { type: "candidates", candidates, final: final || undefined });
    }
  }

  async #refresh() {
    await this.#options.refresh();
    this.#pc.setConfiguration(this.#options.configuration());
  }

  // Reconnecting

  #stateChanged() {
    const state = this.#pc.connectionState;
    if (state === "connected") this.#connected();
    else if (state === "disconnected" || state === "failed") this.#interrupted(state === "failed");
  }

  #connected() {
    clearTimeout(this.#timer);
    this.#downSince = undefined;
    this.#attempts = 0;
    if (this.#unanswered) this.#schedule();
    this.#setLink({ state: "connected", route: this.link.route });
    this.#report("connected");
    this.#encode();
    if (this.#options.verify && !this.#offers && this.#received) this.#awaitVerify(MAX_VERIFY_REQUESTS);
  }

  /** @param {number} requests how many may follow */
  #awaitVerify(requests) {
    clearTimeout(this.#verifyTimer);
    if (this.code.state !== "pending" || requests === 0) return;
    this.#verifyTimer = setTimeout(() => {
      if (this.code.state === "pending" && !this.#paused) this.#queue.add(this.generation, { type: "restart" });
      this.#awaitVerify(requests - 1);
    }, VERIFY_MS);
  }

  /** @param {boolean} failed the browser does not expect it to recover by itself */
  #interrupted(failed) {
    const now = this.#options.now();
    const first = this.#downSince === undefined;
    this.#downSince ??= now;
    if (this.link.state === "connected") this.#setLink({ state: "interrupted", route: this.link.route });
    if (this.#paused) return;
    if (failed || now < this.#eagerUntil) this.#attempt(true);
    else if (first) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#attempt(true), DISCONNECTED_MS);
    }
  }

  /**
   * Negotiates now, or as soon as the minimum interval has passed.
   * @param {boolean} [force] even if the browser is still connecting
   */
  #attempt(force = false) {
    if (this.#closed || this.#paused) return;
    if (this.#downSince === undefined && !this.#unanswered && !force) return;
    const now = this.#options.now();
    if (this.#downSince !== undefined && now - this.#downSince >= GIVE_UP_MS) {
      this.#giveUp();
      return;
    }
    if (!force && this.#connecting && now - this.#negotiatedAt < CHECKING_MS) {
      this.#schedule(this.#negotiatedAt + CHECKING_MS);
      return;
    }
    if (now < this.#nextAt) {
      this.#schedule(this.#nextAt, force);
      return;
    }
    this.#nextAt = now + RESTART_MS * BACKOFF ** this.#attempts++;
    this.#negotiatedAt = now;
    if (this.#offers) this.#inTurn(() => this.#offer());
    else if (this.generation > 0) this.#queue.add(this.generation, { type: "restart" });
    this.#schedule();
  }

  /** Whether the newest offer is from this side and has no answer. It may be lost although the connection works. */
  get #unanswered() {
    return this.#ownOffer && this.#remote !== this.generation;
  }

  /** Whether an answered negotiation is under way. */
  get #connecting() {
    return this.#remote > 0 && this.#remote === this.generation && this.#pc.connectionState === "connecting";
  }

  /** @param {number} [at] @param {boolean} [force] */
  #schedule(at = this.#nextAt, force = false) {
    clearTimeout(this.#timer);
    const giveUp = this.#downSince === undefined ? Infinity : this.#downSince + GIVE_UP_MS;
    const now = this.#options.now();
    const earliest = Math.max(at, now + 1);
    this.#timer = setTimeout(() => this.#attempt(force), Math.min(earliest, Math.max(giveUp, now)) - now);
  }

  #giveUp() {
    clearTimeout(this.#timer);
    if (this.link.state === "failed") return;
    this.#setLink({ state: "failed" });
    this.#report("failed");
  }

  /** @param {Link} link */
  #setLink(link) {
    if (link.state === this.link.state && link.route === this.link.route) return;
    this.link = link;
    this.emit("changed", null);
  }

  /** Reports the outcome of each generation once, and the end. @param {LinkReport["state"]} state */
  async #report(state) {
    const { generation } = this;
    if (state === "connected" && this.#reported === generation) return;
    this.#reported = generation;
    if (state !== "connected") {
      this.#options.report({ generation, state });
      return;
    }
    const ms = Math.max(0, Math.round(this.#options.now() - this.#negotiatedAt));
    const { route, protocol } = routeOf(await this.#pc.getStats().catch(() => new Map()));
    if (this.#closed) return;
    if (this.link.state === "connected") this.#setLink({ state: "connected", route });
    this.#options.report({ generation, state, route, protocol, ms });
  }

  /** Restarting a working connection does not change its state. */
  #reportRestart() {
    if (this.#pc.connectionState === "connected") this.#report("connected");
  }

  // The code

  /**
   * Remembers the certificate of the other side and what it commits to; they must stay the same.
   * @param {string} sdp
   * @param {string | undefined} blob undefined if the description has none
   * @returns {boolean} false if the pair was ended
   * @throws {Error} unless the description has exactly one fingerprint
   */
  #remembers(sdp, blob) {
    const fingerprint = toBase64(fingerprintOf(sdp));
    if (!this.#options.verify) return true;
    const received = fromBase64(blob);
    this.#receivedFingerprint ??= fingerprint;
    if (received.length === 32) this.#received ??= received;
    const sameBytes = blob === undefined || !this.#received || toBase64(received) === toBase64(this.#received);
    if (sameBytes && fingerprint === this.#receivedFingerprint) return true;
    this.#failVerification();
    return false;
  }

  /** @param {Signal} signal */
  async #onVerify({ blob }) {
    if (!this.#options.verify || this.#offers || !this.#received || this.#verified === this.generation) return;
    this.#verified = this.generation;
    const random = fromBase64(blob);
    const fingerprints = this.#fingerprints();
    if (!(await keepsCommitment(this.#pair, fingerprints.offerer, random, this.#received))) {
      this.#failVerification();
      return;
    }
    const randoms = { offerer: random, answerer: this.#random };
    this.#setCode({ state: "ready", symbols: await code(this.#pair, fingerprints, randoms) });
  }

  /** Of the certificates in use. */
  #fingerprints() {
    const local = fingerprintOf(this.#pc.localDescription?.sdp ?? "");
    const remote = fingerprintOf(this.#pc.remoteDescription?.sdp ?? "");
    return this.#offers ? { offerer: local, answerer: remote } : { offerer: remote, answerer: local };
  }

  #failVerification() {
    this.#setCode({ state: "failed" });
    this.#setLink({ state: "failed" });
    this.#report("failed");
    this.#shut();
  }

  /** @param {Code} next */
  #setCode(next) {
    this.code = next;
    this.emit("changed", null);
  }

  // What is sent

  /** Finds transceivers by position, or by kind if another client uses other sections. */
  #transceivers() {
    const all = this.#pc.getTransceivers();
    const [camera, screen] = all.filter(({ receiver }) => receiver.track.kind === "video");
    return { audio: all.find(({ receiver }) => receiver.track.kind === "audio"), camera, screen };
  }

  async #replaceTracks() {
    if (this.#closed) return;
    const transceivers = this.#transceivers();
    const replaced = /** @type {(keyof Tracks)[]} */ (["audio", "camera", "screen"]).map((name) => {
      const sender = transceivers[name]?.sender;
      const track = this.#sent[name] ?? null;
      return sender && sender.track !== track ? sender.replaceTrack(track) : undefined;
    });
    await Promise.allSettled(replaced);
  }

  /** Applies the encodings one after the other, because parameters are only valid right after they were read. */
  #encode() {
    this.#encoding = this.#encoding.then(async () => {
      const targets = this.#targets;
      if (!targets || this.#closed || this.#remote === 0) return;
      const { audio, camera, screen } = this.#transceivers();
      await encode(audio, audioEncoding(targets.audioKbps));
      await encode(camera, videoEncoding(targets.camera, camera?.sender.track?.getSettings()));
      await encode(screen, videoEncoding(targets.screen, screen?.sender.track?.getSettings()));
    });
    // A section that another client has stopped has no parameters.
    this.#encoding = this.#encoding.catch(() => {});
  }
}

/** @param {RTCRtpTransceiver | undefined} transceiver @param {RTCRtpEncodingParameters} encoding */
async function encode(transceiver, encoding) {
  if (!transceiver?.sender.track) return;
  const parameters = transceiver.sender.getParameters();
  if (parameters.encodings?.length !== 1) return;
  // The browser rejects parameters that a negotiation has changed in the meantime; they are applied again after it.
  await transceiver.sender.setParameters({ ...parameters, encodings: [encoding] }).catch(() => {});
}

/**
 * @param {RTCStatsReport | Map<string, any>} stats
 * @returns {{route?: "host" | "srflx" | "relay", protocol?: string}}
 */
function routeOf(stats) {
  const all = new Map(stats);
  const transport = [...all.values()].find(({ type }) => type === "transport");
  const pair = all.get(transport?.selectedCandidatePairId) ?? [...all.values()].find(isSelected);
  const local = all.get(pair?.localCandidateId);
  const remote = all.get(pair?.remoteCandidateId);
  if (!local) return {};
  const types = [local.candidateType, remote?.candidateType];
  // A peer-reflexive candidate is a public address, like a server-reflexive one.
  const route = types.includes("relay") ? "relay" : types.every((type) => type === "host") ? "host" : "srflx";
  return { route, protocol: local.relayProtocol ?? local.protocol };
}

/** @param {any} stats */
function isSelected({ type, nominated, state }) {
  return type === "candidate-pair" && nominated && state === "succeeded";
}

/** Whether an id is lower, compared by bytes. @param {string} one @param {string} other */
export function isLower(one, other) {
  const [a, b] = [one, other].map((id) => new TextEncoder().encode(id));
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at === -1 ? a.length < b.length : b.length <= at ? false : a[at] < b[at];
}
