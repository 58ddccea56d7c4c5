/** @import { Credentials, User } from "./types.js" */
import { Emitter } from "./emitter.js";
import { HongyanError } from "./errors.js";
import { SafeStorage } from "./storage.js";

const KEY = "hongyan.session";
const CALL_DEADLINE_MS = 15_000;
/** A token is renewed this long before it expires, so that it does not expire in transit. */
const MARGIN_MS = 30_000;

/**
 * The session of the user on this device. The access token is in memory only. The refresh token is in storage, shared
 * by all tabs, and rotates: tabs use it one after the other and read it again before each use.
 *
 * Event: `changed` when a user signed in or out, here or in another tab.
 * @extends {Emitter<{changed: User | null}>}
 */
export class Session extends Emitter {
  /** @type {{token: string, until: number} | null} */
  #access = null;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {object} options
   * @param {string} options.base the server's address, with a slash at the end
   * @param {Storage} options.storage
   * @param {typeof globalThis.fetch} [options.fetch]
   * @param {LockManager} [options.locks] absent outside of secure contexts: two tabs then rely on the
   *   server accepting the direct predecessor of a refresh token
   */
  constructor({ base, storage, fetch = globalThis.fetch.bind(globalThis), locks = globalThis.navigator?.locks }) {
    super();
    this.base = base;
    this.storage = SafeStorage.of(storage);
    this.fetch = fetch;
    this.locks = locks;
    this.user = this.#stored()?.user ?? null;
    globalThis.addEventListener?.("storage", (event) => this.#onStorage(/** @type {StorageEvent} */ (event)));
  }

  /** The id of this session, or null without a user. */
  get id() {
    return this.#stored()?.session ?? null;
  }

  /** @param {{username: string, password: string, displayName?: string, device?: string}} account */
  async register(account) {
    this.#adopt(await this.#fetchJson("POST", "accounts", account), true);
  }

  /** @param {{username: string, password: string, device?: string}} who */
  async signIn(who) {
    this.#adopt(await this.#fetchJson("POST", "sessions", who), true);
  }

  /** Ends the session on the server if it can be reached, and on this device in any case. */
  async signOut() {
    try {
      await this.http("DELETE", "sessions/current");
    } catch {
      // If the server was not reached, the session ends when the refresh token expires.
    }
    this.clear();
  }

  /** Ends the session on this device, in all tabs. */
  clear() {
    this.#access = null;
    this.storage.removeItem(KEY);
    if (this.user === null) return;
    this.user = null;
    this.emit("changed", null);
  }

  /** @param {User} user the changed profile of the user */
  updateUser(user) {
    const stored = this.#stored();
    if (stored?.user.id !== user.id) return;
    this.user = user;
    this.storage.setItem(KEY, JSON.stringify({ ...stored, user }));
  }

  /**
   * A valid access token, refreshed if needed.
   * @param {string} [refused] a token that the server no longer accepts
   * @returns {Promise<string>}
   * @throws {HongyanError} `unauthenticated` when the session is over: then it is cleared, too
   */
  async token(refused) {
    if (this.#access && this.#access.token !== refused && Date.now() < this.#access.until) return this.#access.token;
    return this.#exclusively(() => this.#refresh(refused));
  }

  /**
   * Sends an HTTP request as the user.
   * @param {string} method
   * @param {string} path below `/api/v1/`
   * @param {object} [body]
   * @returns {Promise<any>} the answer's JSON, undefined if it has none
   */
  async http(method, path, body) {
    const token = await this.token();
    try {
      return await this.#fetchJson(method, path, body, token);
    } catch (error) {
      if (!(error instanceof HongyanError) || error.status !== 401) throw error;
      const fresh = await this.token(token);
      return this.#fetchJson(method, path, body, fresh);
    }
  }

  /**
   * Why the server refuses sockets of this page, which browsers hide: the same check answers a plain request.
   * @returns {Promise<string | undefined>} the reason; undefined if the page is not refused
   */
  async socketRefusal() {
    const answer = await this.fetch(new URL("ws", this.base).href, { method: "POST" });
    return answer.status === 403 ? (await answer.json()).reason : undefined;
  }

  /** @param {string | undefined} refused */
  async #refresh(refused) {
    const access = this.#access;
    if (access && access.token !== refused && Date.now() < access.until) return access.token;
    let stored = this.#stored();
    for (;;) {
      if (!stored) {
        this.clear();
        throw new HongyanError({ kind: "unauthenticated", reason: "session.none", message: "not signed in" });
      }
      try {
        return this.#adopt(
          await this.#fetchJson("POST", "sessions/refresh", { refreshToken: stored.refreshToken }),
          false,
        );
      } catch (error) {
        const over = error instanceof HongyanError && ["unauthenticated", "invalid"].includes(error.kind);
        if (!over) throw error;
        const now = this.#stored();
        if (now?.refreshToken === stored.refreshToken) {
          this.clear();
          throw error;
        }
        stored = now;
      }
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #exclusively(work) {
    let started = false;
    try {
      const locked = await this.locks?.request(`${KEY}.refresh`, () => {
        started = true;
        return work();
      });
      if (started) return /** @type {T} */ (locked);
    } catch (error) {
      // Browsers that block storage also forbid locks.
      if (started) throw error;
    }
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {Credentials} credentials
   * @param {boolean} announce
   * @returns {string} the access token
   */
  #adopt(credentials, announce) {
    const { user, session, accessToken, refreshToken, expiresIn } = credentials;
    const life = Math.max(expiresIn * 1000 - MARGIN_MS, expiresIn * 500);
    this.#access = { token: accessToken, until: Date.now() + life };
    this.storage.setItem(KEY, JSON.stringify({ user, session, refreshToken }));
    this.user = user;
    if (announce) this.emit("changed", user);
    return accessToken;
  }

  /** @returns {{user: User, session: string, refreshToken: string} | null} */
  #stored() {
    try {
      const stored = JSON.parse(this.storage.getItem(KEY) ?? "null");
      return stored?.user?.id && stored.refreshToken ? stored : null;
    } catch {
      return null;
    }
  }

  /** @param {StorageEvent} event */
  #onStorage(event) {
    if (event.key !== KEY && event.key !== null) return;
    const before = this.user;
    this.user = this.#stored()?.user ?? null;
    if (before?.id === this.user?.id) return;
    this.#access = null;
    this.emit("changed", this.user);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {string} [token]
   * @returns {Promise<any>}
   */
  async #fetchJson(method, path, body, token) {
    /** @type {Record<string, string>} */
    const headers = { accept: "application/json, application/problem+json" };
    if (body) headers["content-type"] = "application/json";
    if (token) headers.authorization = `Bearer ${token}`;
    let answer, text;
    try {
      answer = await this.fetch(new URL(`api/v1/${path}`, this.base), {
        method,
        headers,
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(CALL_DEADLINE_MS),
      });
      text = await answer.text();
    } catch (error) {
      const late = error instanceof DOMException && error.name === "TimeoutError";
      throw new HongyanError({ kind: late ? "timeout" : "network", message: "the server cannot be reached" });
    }
    const json = parse(text);
    if (answer.ok) return json;
    throw new HongyanError({ kind: kindOf(answer.status), ...json, status: answer.status });
  }
}

/** @param {string} text */
function parse(text) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The error kind of a status without a problem document, for instance from a proxy.
 * @param {number} status
 */
function kindOf(status) {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "limited";
  return status >= 500 ? "unavailable" : "invalid";
}
