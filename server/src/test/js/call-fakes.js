/** What calls meet in tests instead of browsers' connections, devices and a server. */
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { Call } from "../../main/resources/web/features/call/client/call.js";
import { LocalMedia } from "../../main/resources/web/features/call/client/local-media.js";
import { FakeClient } from "./fakes.js";

const MAX_WAIT_MS = 20_000;

/** Waits until the condition holds, while cryptography and other real work continues. */
export async function until(condition, what = condition.toString()) {
  for (const start = performance.now(); performance.now() - start < MAX_WAIT_MS;) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never true: ${what}`);
}

/** Lets everything happen that follows without timers, real cryptography included. */
export async function calm(rounds = 60) {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeTrack extends EventTarget {
  enabled = true;
  muted = false;
  readyState = "live";
  contentHint = "";

  constructor(kind, settings = { width: 1280, height: 720 }) {
    super();
    this.kind = kind;
    this.settings = settings;
  }

  getSettings() {
    return this.settings;
  }

  stop() {
    this.readyState = "ended";
  }

  /** The device is unplugged. */
  unplug() {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

/** Devices that a test can take away. */
export class FakeDevices extends EventTarget {
  requests = [];
  opened = [];
  /** What to throw, by kind: a name, or names for the next requests. */
  errors = { audio: [], video: [], screen: [] };

  constructor(all = ["audioinput:mic1", "audioinput:mic2", "videoinput:cam1", "audiooutput:out1"]) {
    super();
    this.all = all;
  }

  async enumerateDevices() {
    return this.all.map((text) => {
      const [kind, deviceId] = text.split(":");
      return { kind, deviceId, label: deviceId };
    });
  }

  async getUserMedia(constraints) {
    const kind = constraints.audio ? "audio" : "video";
    this.requests.push(constraints);
    return this.#open(kind, kind);
  }

  async getDisplayMedia(constraints) {
    this.requests.push(constraints);
    return this.#open("screen", "video");
  }

  #open(source, kind) {
    const error = this.errors[source].shift();
    if (error) throw new DOMException("no", error);
    const track = new FakeTrack(kind);
    this.opened.push(track);
    return { getAudioTracks: () => [track], getVideoTracks: () => [track] };
  }
}

/** The network between the fake connections: it knows them by the fragments of their descriptions. */
class FakeNetwork {
  /** Connections by the fragment that they announce. */
  #announced = new Map();
  cut = false;
  all = [];

  announce(ufrag, connection) {
    this.#announced.set(ufrag, connection);
  }

  /** Connects two that know each other's current descriptions and a candidate. */
  check(one) {
    const other = this.#announced.get(one.remoteUfrag);
    if (this.cut || !other || other.remoteUfrag !== one.localUfrag || !one.reachable || !other.reachable) return;
    for (const connection of [one, other]) connection.become("connected");
  }

  reset() {
    this.#announced.clear();
    this.cut = false;
    this.all = [];
  }
}

export const network = new FakeNetwork();

let numbers = 0;

class FakeSender {
  track = null;
  encodings = [{}];
  cpu = false;

  async replaceTrack(track) {
    this.track = track;
  }

  getParameters() {
    return { encodings: this.encodings, transactionId: "t" };
  }

  async setParameters({ encodings }) {
    this.encodings = encodings;
  }

  async getStats() {
    const reason = this.cpu ? "cpu" : "none";
    return new Map([["o", { type: "outbound-rtp", qualityLimitationReason: reason }]]);
  }
}

class FakeTransceiver {
  sender = new FakeSender();
  direction = "recvonly";

  constructor(kind) {
    const receiver = { track: new FakeTrack(kind), level: 0 };
    this.receiver = { ...receiver, getSynchronizationSources: () => [{ audioLevel: this.level ?? 0 }] };
  }
}

/** A connection with the states of WebRTC, strict about the order of descriptions and candidates. */
export class FakeConnection {
  static async generateCertificate() {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    return {
      fingerprint: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
        .join(":")
        .toUpperCase(),
    };
  }

  signalingState = "stable";
  connectionState = "new";
  localDescription = null;
  remoteDescription = null;
  onicecandidate = null;
  onconnectionstatechange = null;
  transceivers = [];
  /** Every candidate that was added, and the configurations. */
  added = [];
  configurations = [];
  closed = false;
  /** How many candidates a gathering finds. */
  static candidates = 2;

  #ufrag = `u${++numbers}`;

  constructor(configuration) {
    this.configurations.push(configuration);
    network.all.push(this);
  }

  setConfiguration(configuration) {
    this.configurations.push(configuration);
  }

  addTransceiver(kind, { direction }) {
    const transceiver = new FakeTransceiver(kind);
    transceiver.direction = direction;
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers() {
    return this.transceivers;
  }

  async createOffer({ iceRestart } = {}) {
    if (iceRestart) this.#ufrag = `u${++numbers}`;
    return { type: "offer", sdp: this.#sdp("sendrecv") };
  }

  async createAnswer() {
    if (this.signalingState !== "have-remote-offer") throw new DOMException("no offer", "InvalidStateError");
    if (!this.remoteDescription.sdp.includes(this.#ufragOfOffer)) this.#ufrag = `u${++numbers}`;
    return { type: "answer", sdp: this.#sdp(this.transceivers.map(({ direction }) => direction).join()) };
  }

  #ufragOfOffer = "";

  #sdp(direction) {
    const { fingerprint } = this.configurations[0].certificates[0];
    const line = `a=fingerprint:sha-256 ${fingerprint}`;
    const sections = this.transceivers.map(({ receiver: { track } }) => `m=${track.kind}\r\n${line}`);
    return [`v=0`, `a=ice-ufrag:${this.#ufrag}`, `a=directions:${direction}`, ...sections, ""].join("\r\n");
  }

  async setLocalDescription(description) {
    const { type } = description;
    const allowed = type === "offer" ? ["stable", "have-local-offer"] : ["have-remote-offer"];
    if (!allowed.includes(this.signalingState)) throw new DOMException(this.signalingState, "InvalidStateError");
    this.localDescription = description;
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    this.reachable = false;
    network.announce(this.#ufrag, this);
    const ufrag = this.#ufrag;
    setImmediate(() => this.#gather(ufrag));
    if (type === "answer" && this.connectionState !== "connected") this.become("connecting");
  }

  #gather(ufrag) {
    for (let i = 0; i < FakeConnection.candidates && !this.closed; i++) {
      const init = { candidate: `candidate ${i} of ${ufrag}`, sdpMid: "0", usernameFragment: ufrag };
      this.onicecandidate?.({ candidate: { ...init, toJSON: () => init } });
    }
    if (!this.closed) this.onicecandidate?.({ candidate: null });
  }

  async setRemoteDescription({ type, sdp }) {
    if (type === "answer" && this.signalingState !== "have-local-offer") {
      throw new DOMException(this.signalingState, "InvalidStateError");
    }
    if (type === "offer") {
      for (const [, kind] of [...sdp.matchAll(/^m=(\w+)/gm)].slice(this.transceivers.length)) {
        this.transceivers.push(new FakeTransceiver(kind));
      }
      const ufrag = /a=ice-ufrag:(\w+)/.exec(sdp)[1];
      if (this.remoteDescription && ufrag !== this.remoteUfrag) this.#ufrag = `u${++numbers}`;
    }
    this.remoteDescription = { type, sdp };
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    if (type === "answer" && this.connectionState !== "connected") this.become("connecting");
  }

  get localUfrag() {
    return /a=ice-ufrag:(\w+)/.exec(this.localDescription?.sdp ?? "")?.[1];
  }

  get remoteUfrag() {
    return /a=ice-ufrag:(\w+)/.exec(this.remoteDescription?.sdp ?? "")?.[1];
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new DOMException("no remote description", "InvalidStateError");
    this.added.push(candidate);
    if (candidate && candidate.usernameFragment !== this.remoteUfrag) throw new DOMException("old", "OperationError");
    if (candidate) this.reachable = true;
    if (this.signalingState === "stable") network.check(this);
  }

  become(state) {
    if (this.closed || this.connectionState === state) return;
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  async getStats() {
    const { width } = { width: 0 };
    return new Map(
      Object.entries({
        t: { type: "transport", selectedCandidatePairId: "p" },
        p: { type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r", width },
        l: { type: "local-candidate", candidateType: "host", protocol: "udp" },
        r: { type: "remote-candidate", candidateType: "prflx", protocol: "udp" },
      }),
    );
  }

  close() {
    this.closed = true;
    this.connectionState = "closed";
  }
}

/** A device of a user, connected to a {@link FakeServer}. */
class FakeDevice extends FakeClient {
  state = "online";

  constructor(server, user, session) {
    super();
    this.server = server;
    this.user = { id: user };
    this.session = session;
    this.connection = { welcome: { session } };
  }

  async request(type, data, { shouldSend = () => true } = {}) {
    this.asked.push([type, data]);
    if (this.state !== "online") throw new HongyanError({ kind: "offline", reason: "client.offline" });
    if (!shouldSend()) throw new HongyanError({ kind: "offline", reason: "client.given_up" });
    const own = this.answers[type];
    if (own) return typeof own === "function" ? own(data) : own;
    return structuredClone(this.server.handle(this, type, structuredClone(data)));
  }

  notify(type, data) {
    this.notified.push([type, data]);
    if (type === "call.leave") this.request(type, data).catch(() => {});
  }

  /** Loses the socket; the server notices. */
  disconnect() {
    this.state = "connecting";
    this.emit("state", "connecting");
    this.server.lost(this);
  }

  connect() {
    this.state = "online";
    this.emit("state", "online");
    this.emit("welcome", { session: this.session });
  }
}

const refuse = (kind, reason) => {
  throw new HongyanError({ kind, reason, message: reason });
};

/** One call, as the server handles it, without its timers. */
export class FakeServer {
  revision = 1;
  participants = [];
  devices = [];
  signals = [];
  ids = [];
  /** Changes or drops a signal on its way: returns it, or undefined. */
  relay = (signal) => signal;

  /** @param {string} user @param {string} [participant] the id that this device will get, or the next free one */
  device(user, participant) {
    const device = new FakeDevice(this, user, `session-${user}-${this.devices.length}`);
    this.devices.push(device);
    if (participant) device.participantId = participant;
    return device;
  }

  get snapshot() {
    const participants = this.participants.map(({ client, ...item }) => item);
    return structuredClone({ call: "c1", revision: this.revision, host: this.host ?? "", participants });
  }

  push() {
    this.revision++;
    for (const { client, state } of this.participants) {
      if (client && state === "joined") client.emit("call.state", this.snapshot);
    }
  }

  item(client) {
    return this.participants.find((one) => one.client === client && one.state === "joined");
  }

  handle(client, type, data) {
    switch (type) {
      case "call.start":
      case "call.accept":
      case "call.join":
        return this.#enter(client, data);
      case "call.resume":
        return this.#resume(client, data);
      case "call.get":
        return { ...this.snapshot, conversation: "c", media: "video", state: "active" };
      case "call.signal":
        return this.#signal(client, data);
      case "call.media": {
        const item = this.item(client) ?? refuse("forbidden", "call.not_joined");
        const { call, ...media } = data;
        item.media = { ...item.media, ...media };
        this.push();
        return { revision: this.revision };
      }
      case "call.leave":
        return this.leave(client, "left");
      case "call.ice":
        return { iceServers: [{ urls: ["stun:fresh.example"] }], expiresAt: new Date().toISOString() };
      case "conversation.get":
        return { conversation: { id: data.conversation, kind: "direct" } };
      default:
        return {};
    }
  }

  #enter(client, { microphone = true, camera = false }) {
    for (const item of this.participants) {
      if (item.user === client.user.id && ["joined", "reconnecting"].includes(item.state)) {
        Object.assign(item, { state: "left", reason: "replaced" });
      }
    }
    const participant = client.participantId ?? `p${this.participants.length + 1}`;
    client.participantId = undefined;
    const media = { microphone, camera, screen: false, hand: false };
    const { user, session } = client;
    this.participants.push({ participant, user: user.id, device: session, state: "joined", media, client });
    this.host ??= participant;
    this.push();
    return this.#answer(participant);
  }

  #answer(participant) {
    const transport = { type: "mesh", generation: 0 };
    return { ...this.snapshot, participant, resumeToken: `t-${participant}`, transport, iceServers: [] };
  }

  #resume(client, { participant, resumeToken }) {
    const item = this.participants.find((one) => one.participant === participant);
    if (!item || item.state !== "reconnecting" || resumeToken !== `t-${participant}`) {
      refuse("forbidden", "call.resume_invalid");
    }
    Object.assign(item, { state: "joined", client });
    this.push();
    return this.#answer(participant);
  }

  #signal(client, { to, generation, signal }) {
    const from = this.item(client) ?? refuse("forbidden", "call.not_joined");
    const id = to.replace("peer:", "");
    const target = this.participants.find(({ participant }) => participant === id);
    if (!target || target.state === "left") refuse("not_found", "call.peer_unknown");
    if (target.state === "reconnecting") refuse("conflict", "call.peer_reconnecting");
    const sent = { call: "c1", from: `peer:${from.participant}`, generation, signal };
    this.signals.push({ ...sent, to: id });
    const relayed = this.relay(sent, target);
    if (relayed) target.client.emit("call.signal", relayed);
    return {};
  }

  lost(client) {
    const item = this.item(client);
    if (!item) return;
    item.state = "reconnecting";
    this.push();
  }

  /** The grace period of a participant without a socket is over. */
  expire(client) {
    const item = this.participants.find((one) => one.client === client && one.state === "reconnecting");
    if (item) Object.assign(item, { state: "left", reason: "lost" });
    this.push();
  }

  /** Repeats the snapshot, as the server does every 20 s. Replaced participants get it one last time. */
  repeat() {
    for (const { client } of this.participants) if (client.state === "online") client.emit("call.state", this.snapshot);
  }

  leave(client, reason) {
    const item = this.participants.find((one) => one.client === client && one.state !== "left");
    if (item) Object.assign(item, { state: "left", reason });
    this.push();
    return {};
  }
}

/** A call of a device, with fake devices and connections. It gets what the server pushes. */
export function fakeCall(client, { direct = false, devices = new FakeDevices(), ...options } = {}) {
  const local = new LocalMedia({ mediaDevices: devices, secure: true, AudioContext: undefined });
  const call = new Call({
    client,
    conversation: "c",
    media: "video",
    id: "c1",
    direct,
    local,
    RTCPeerConnection: FakeConnection,
    now: () => Date.now(),
    ...options,
  });
  client.on("call.state", (snapshot) => call.onState(snapshot));
  client.on("call.signal", (push) => call.onSignal(push));
  client.on("call.ended", (end) => call.onEnded(end));
  return call;
}

/** Enters a call with microphone and camera. */
export async function entered(client, options) {
  const call = fakeCall(client, options);
  await call.enter("call.join", { call: "c1" }, { microphone: true, camera: true });
  return call;
}
