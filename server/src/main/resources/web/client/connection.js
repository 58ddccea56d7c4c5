/** @import { ConnectionState, Welcome } from "./types.js" */
import { fullJitter, onClose } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { asHongyanError, HongyanError } from "./errors.js";
import { serverClock } from "./server-clock.js";

const WELCOME_DEADLINE_MS = 10_000;
const PING_DEADLINE_MS = 10_000;
/** After sleep or a network change, the ping only checks whether the socket is still open. */
const PROBE_DEADLINE_MS = 3_000;
/** A connection that lasted this long resets the backoff. */
const STABLE_MS = 10_000;
const MAX_PENDING = 500;

/**
 * @typedef {object} Pending
 * @property {(data: any) => void} resolve
 * @property {(error: HongyanError) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/**
 * Keeps one WebSocket open and reconnects when it is lost, until the server or the app stops it.
 *
 * Events: `state` at each change, `welcome` for each new socket, `push` for frames without an id, `lost` with the close
 * code when a socket was lost after its welcome.
 * @extends {Emitter<{state: ConnectionState, welcome: Welcome, push: {type: string, data: any}, lost: number}>}
 */
export class Connection extends Emitter {
  /** @type {ConnectionState} */
  state = "idle";
  /** @type {Welcome | null} the welcome of the current socket */
  welcome = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  #nextId = 1;
  #attempt = 0;
  /** Counts starts and stops, so that asynchronous work can tell that it is outdated. */
  #run = 0;
  #probing = false;
  /** @type {string | undefined} */
  #refusedToken;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {string} options.url `ws:` or `wss:` address of the socket
   * @param {(refused?: string) => Promise<string>} options.token returns an access token
   * @param {(token: string) => Promise<boolean>} options.accepts whether the server still accepts this token
   * @param {() => Promise<string | undefined>} [options.refusal] why the server refuses this page, if it does
   * @param {typeof globalThis.WebSocket} [options.WebSocket]
   * @param {() => number} [options.random]
   */
  constructor({
    url,
    token,
    accepts,
    refusal = async () => undefined,
    WebSocket = globalThis.WebSocket,
    random = Math.random,
  }) {
    super();
    this.url = url;
    this.token = token;
    this.accepts = accepts;
    this.refusal = refusal;
    this.WebSocket = WebSocket;
    this.random = random;
  }

  start() {
    if (["connecting", "online", "offline", "refused"].includes(this.state)) return;
    this.#attempt = 0;
    this.#connect(++this.#run);
  }

  /** @param {ConnectionState} [state] why */
  stop(state = "idle") {
    this.#run++;
    clearTimeout(this.#timer);
    this.#closeSocket(1000);
    this.#setState(state);
  }

  /**
   * Checks the connection, or reconnects without waiting for the backoff: the network is back, or the device woke up.
   */
  checkNow() {
    if (this.state === "online") this.#ping(PROBE_DEADLINE_MS);
    else if (this.#socket === null && ["connecting", "offline", "refused"].includes(this.state))
      this.#connect(++this.#run);
  }

  /**
   * One request on the current socket.
   * @param {string} type
   * @param {object} data
   * @param {number} [deadlineMs]
   * @returns {Promise<any>} the answer's data
   * @throws {HongyanError}
   */
  request(type, data, deadlineMs = 10_000) {
    const socket = this.#socket;
    // A socket is in state CLOSING (2) before its close event.
    if (this.state !== "online" || !socket || socket.readyState >= 2) {
      return Promise.reject(new HongyanError({ kind: "disconnected" }));
    }
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new HongyanError({ kind: "unavailable", reason: "client.busy" }));
    }
    const id = String(this.#nextId++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new HongyanError({ kind: "timeout", message: `no answer to ${type} in ${deadlineMs} ms` }));
      }, deadlineMs);
      this.#pending.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ type, id, data }));
    });
  }

  /** @param {number} run */
  async #connect(run) {
    clearTimeout(this.#timer);
    this.#closeSocket(1000);
    this.#setWaiting();
    let token;
    try {
      token = await this.token(this.#refusedToken);
    } catch (error) {
      if (run !== this.#run) return;
      const { kind, retryAfterMs } = asHongyanError(error);
      if (kind === "unauthenticated" || kind === "invalid") this.stop("signed-out");
      else this.#reconnectLater(run, retryAfterMs);
      return;
    }
    if (run === this.#run) this.#open(run, token);
  }

  /**
   * @param {number} run
   * @param {string} token
   */
  #open(run, token) {
    const socket = new this.WebSocket(this.url, ["hongyan.v1", `bearer.${token}`]);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#onLost(run, socket, 1006, ""), WELCOME_DEADLINE_MS);
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(run, event.data);
    };
    socket.onclose = (event) => this.#onLost(run, socket, event.code, event.reason, token);
  }

  /**
   * @param {number} run
   * @param {unknown} text
   */
  #receive(run, text) {
    let frame;
    try {
      frame = JSON.parse(String(text));
    } catch {
      return;
    }
    if (frame.type === "welcome") this.#onWelcome(run, frame.data);
    else if (frame.id === undefined || frame.id === null) this.emit("push", { type: frame.type, data: frame.data });
    else this.#onAnswer(frame);
  }

  /**
   * @param {number} run
   * @param {Welcome} welcome
   */
  #onWelcome(run, welcome) {
    clearTimeout(this.#timer);
    const since = Date.now();
    this.welcome = welcome;
    serverClock.observe(welcome.serverTime);
    this.#refusedToken = undefined;
    this.#setState("online");
    this.emit("welcome", welcome);
    const heartbeat = () => {
      if (run !== this.#run || this.state !== "online") return;
      if (Date.now() - since > STABLE_MS) this.#attempt = 0;
      this.#ping(PING_DEADLINE_MS);
      this.#timer = setTimeout(heartbeat, welcome.heartbeatSeconds * 1000);
    };
    this.#timer = setTimeout(heartbeat, welcome.heartbeatSeconds * 1000);
  }

  /** @param {{type: string, id: string, data?: any, error?: any}} frame */
  #onAnswer(frame) {
    const pending = this.#pending.get(frame.id);
    if (!pending) return;
    this.#pending.delete(frame.id);
    clearTimeout(pending.timer);
    if (frame.type === "ok") pending.resolve(frame.data ?? {});
    else pending.reject(new HongyanError(frame.error ?? {}));
  }

  /** @param {number} deadlineMs */
  async #ping(deadlineMs) {
    const socket = this.#socket;
    if (this.#probing || !socket) return;
    this.#probing = true;
    try {
      const sentAt = Date.now();
      const { serverTime } = await this.request("ping", {}, deadlineMs);
      serverClock.observe(serverTime, sentAt);
    } catch (error) {
      // A silent server counts as lost. One that answers with an error does not.
      if (asHongyanError(error).kind === "timeout") this.#onLost(this.#run, socket, 1006, "");
    } finally {
      this.#probing = false;
    }
  }

  /**
   * @param {number} run
   * @param {WebSocket} socket
   * @param {number} code
   * @param {string} reason
   * @param {string} [token] the token that it was opened with
   */
  async #onLost(run, socket, code, reason, token) {
    if (socket !== this.#socket || run !== this.#run) return;
    const welcomed = this.welcome !== null;
    clearTimeout(this.#timer);
    this.#closeSocket(code);
    if (welcomed) this.emit("lost", code);
    const next = onClose(code, reason);
    if (next.action === "stop") return this.stop(next.state);
    this.#setWaiting();
    if (!welcomed && token) {
      // Browsers hide why a handshake was refused: HTTP requests tell whether the token is valid and the page is
      // allowed.
      const accepted = await this.accepts(token).catch(() => true);
      if (run !== this.#run) return;
      this.#refusedToken = accepted ? undefined : token;
      const refusal = accepted ? await this.refusal().catch(() => undefined) : undefined;
      if (run !== this.#run) return;
      // Only the server's settings or its proxy can change this, so the page says so, and tries again now and then.
      if (refusal === "origin") this.#setState("refused");
      else if (this.state === "refused") this.#setState("connecting");
    }
    this.#reconnectLater(run, next.afterMs);
  }

  /**
   * @param {number} run
   * @param {number} [afterMs] the delay that the server asked for
   */
  #reconnectLater(run, afterMs) {
    const backoff = fullJitter(this.#attempt++, this.random);
    const delay = afterMs === undefined ? backoff : afterMs + Math.min(backoff, afterMs / 4);
    this.#timer = setTimeout(() => {
      if (run === this.#run) this.#connect(run);
    }, delay);
  }

  /** @param {number} code */
  #closeSocket(code) {
    const socket = this.#socket;
    this.#socket = null;
    this.welcome = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close(code === 1000 ? 1000 : undefined);
    }
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new HongyanError({ kind: "disconnected", reason: `closed.${code}` }));
    }
    this.#pending.clear();
  }

  /** Not online. While a refused page tries again, it stays refused. */
  #setWaiting() {
    const offline = globalThis.navigator?.onLine === false;
    if (offline) this.#setState("offline");
    else if (this.state !== "refused") this.#setState("connecting");
  }

  /** @param {ConnectionState} state */
  #setState(state) {
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }
}
