/** @import { ConnectionState, Welcome } from "./types.js" */
import { fullJitter, onClose } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { asHongyanError, HongyanError } from "./errors.js";

const WELCOME_DEADLINE_MS = 10_000;
const PING_DEADLINE_MS = 10_000;
/** After a sleep or a change of network the question is only whether the socket still lives. */
const PROBE_DEADLINE_MS = 3_000;
/** A connection that lasted this long was a good one: the next failure starts the backoff anew. */
const STABLE_MS = 10_000;
const MAX_PENDING = 500;

/**
 * @typedef {object} Pending
 * @property {(data: any) => void} resolve
 * @property {(error: HongyanError) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/**
 * One WebSocket at a time, opened again whenever it is lost, until the server or the app says stop.
 *
 * Events: `state` at each change, `welcome` for each new socket, `push` for frames without an id, `lost` with the close
 * code when a socket that had been welcomed is gone.
 * @extends {Emitter<{state: ConnectionState, welcome: Welcome, push: {type: string, data: any}, lost: number}>}
 */
export class Connection extends Emitter {
  /** @type {ConnectionState} */
  state = "idle";
  /** @type {Welcome | null} what the present socket was welcomed with */
  welcome = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  #nextId = 1;
  #attempt = 0;
  /** Counts starts and stops, so that what was begun before a stop finds out. */
  #run = 0;
  #probing = false;
  /** @type {string | undefined} */
  #refusedToken;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {string} options.url `ws:` or `wss:` address of the socket
   * @param {(refused?: string) => Promise<string>} options.token gives an access token
   * @param {(token: string) => Promise<boolean>} options.accepts whether the server still takes this token
   * @param {typeof globalThis.WebSocket} [options.WebSocket]
   * @param {() => number} [options.random]
   */
  constructor({ url, token, accepts, WebSocket = globalThis.WebSocket, random = Math.random }) {
    super();
    this.url = url;
    this.token = token;
    this.accepts = accepts;
    this.WebSocket = WebSocket;
    this.random = random;
  }

  start() {
    if (["connecting", "online", "offline"].includes(this.state)) return;
    this.#attempt = 0;
    this.#connect(++this.#run);
  }

  /** @param {ConnectionState} [state] why */
  stop(state = "idle") {
    this.#run++;
    clearTimeout(this.#timer);
    this.#drop(1000);
    this.#become(state);
  }

  /** The network is back, the device woke up, or the person asks: does not wait for the backoff. */
  nudge() {
    if (this.state === "online") this.#ping(PROBE_DEADLINE_MS);
    else if (this.#socket === null && ["connecting", "offline"].includes(this.state)) this.#connect(++this.#run);
  }

  /**
   * One request on the present socket.
   * @param {string} type
   * @param {object} data
   * @param {number} [deadlineMs]
   * @returns {Promise<any>} the answer's data
   * @throws {HongyanError}
   */
  request(type, data, deadlineMs = 10_000) {
    const socket = this.#socket;
    // A socket says that it is closing (2) before anybody is told that it has ended.
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
    this.#drop(1000);
    this.#become(globalThis.navigator?.onLine === false ? "offline" : "connecting");
    let token;
    try {
      token = await this.token(this.#refusedToken);
    } catch (error) {
      if (run !== this.#run) return;
      const { kind, retryAfterMs } = asHongyanError(error);
      if (kind === "unauthenticated" || kind === "invalid") this.stop("signed-out");
      else this.#later(run, retryAfterMs);
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
    this.#timer = setTimeout(() => this.#lost(run, socket, 1006, ""), WELCOME_DEADLINE_MS);
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(run, event.data);
    };
    socket.onclose = (event) => this.#lost(run, socket, event.code, event.reason, token);
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
    if (frame.type === "welcome") this.#welcomed(run, frame.data);
    else if (frame.id === undefined || frame.id === null) this.emit("push", { type: frame.type, data: frame.data });
    else this.#answered(frame);
  }

  /**
   * @param {number} run
   * @param {Welcome} welcome
   */
  #welcomed(run, welcome) {
    clearTimeout(this.#timer);
    const since = Date.now();
    this.welcome = welcome;
    this.#refusedToken = undefined;
    this.#become("online");
    this.emit("welcome", welcome);
    const beat = () => {
      if (run !== this.#run || this.state !== "online") return;
      if (Date.now() - since > STABLE_MS) this.#attempt = 0;
      this.#ping(PING_DEADLINE_MS);
      this.#timer = setTimeout(beat, welcome.heartbeatSeconds * 1000);
    };
    this.#timer = setTimeout(beat, welcome.heartbeatSeconds * 1000);
  }

  /** @param {{type: string, id: string, data?: any, error?: any}} frame */
  #answered(frame) {
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
      await this.request("ping", {}, deadlineMs);
    } catch (error) {
      // A server that is silent is gone, whatever the socket believes. One that answers with an error is not.
      if (asHongyanError(error).kind === "timeout") this.#lost(this.#run, socket, 1006, "");
    } finally {
      this.#probing = false;
    }
  }

  /**
   * @param {number} run
   * @param {WebSocket} socket
   * @param {number} code
   * @param {string} reason
   * @param {string} [token] what it was opened with
   */
  async #lost(run, socket, code, reason, token) {
    if (socket !== this.#socket || run !== this.#run) return;
    const welcomed = this.welcome !== null;
    clearTimeout(this.#timer);
    this.#drop(code);
    if (welcomed) this.emit("lost", code);
    const next = onClose(code, reason);
    if (next.action === "stop") return this.stop(next.state);
    this.#become(globalThis.navigator?.onLine === false ? "offline" : "connecting");
    if (!welcomed && token) {
      // A browser hides why a handshake was refused; ask over HTTP whether it was the token.
      const accepted = await this.accepts(token).catch(() => true);
      if (run !== this.#run) return;
      this.#refusedToken = accepted ? undefined : token;
    }
    this.#later(run, next.afterMs);
  }

  /**
   * @param {number} run
   * @param {number} [afterMs] what the server asked for
   */
  #later(run, afterMs) {
    const backoff = fullJitter(this.#attempt++, this.random);
    const delay = afterMs === undefined ? backoff : afterMs + Math.min(backoff, afterMs / 4);
    this.#timer = setTimeout(() => {
      if (run === this.#run) this.#connect(run);
    }, delay);
  }

  /** @param {number} code */
  #drop(code) {
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

  /** @param {ConnectionState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }
}
