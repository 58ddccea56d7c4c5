/** @import { PresenceState, User } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */
import { Emitter } from "../client/emitter.js";

const BATCH = 200;
const BATCH_DELAY_MS = 30;
const MAX_WATCHED = 500;
/** In a busy group, each message may show other users. The watched users are sent at most this often. */
const WATCH_INTERVAL_MS = 2_000;

/**
 * The profiles and the presence of users. Each profile is requested once, and again when pushes may have been lost: the
 * known one is shown until the answer arrives.
 *
 * Event: `changed` when a profile or a presence changed.
 * @extends {Emitter<{changed: null}>}
 */
export class UserDirectory extends Emitter {
  /** @type {Map<string, User>} */
  #users = new Map();
  /** @type {Map<string, PresenceState>} */
  #presence = new Map();
  /** The known profiles that may have changed since. @type {Set<string>} */
  #stale = new Set();
  /** @type {Set<string>} */
  #requested = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #batchTimer;
  /** @type {string[]} */
  #watched = [];
  /** The watched users whose presence the server has not shown. @type {Set<string>} */
  #hidden = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchTimer;

  /** @param {Hongyan} client */
  constructor(client) {
    super();
    this.client = client;
    client.on("users", (users) => this.add(users));
    client.on("profile", ({ user }) => this.add([user]));
    client.on("presence", (state) => this.#setPresence([state]));
    client.on("welcome", () => this.#refresh());
    client.on("syncRequired", () => this.#refresh());
    client.on("state", (state) => {
      if (state === "online" || this.#presence.size === 0) return;
      // Without a connection nobody is known to be online.
      for (const [user, present] of this.#presence) this.#presence.set(user, { ...present, online: false });
      this.emit("changed", null);
    });
  }

  clear() {
    this.#users.clear();
    this.#stale.clear();
    this.#presence.clear();
    this.#watched = [];
    this.#hidden.clear();
  }

  /**
   * The profile of a user; if it is not known or may have changed, it is requested.
   * @param {string} id
   * @returns {User | undefined}
   */
  get(id) {
    if (this.#isNeeded(id)) this.#request(id);
    return this.#users.get(id);
  }

  /** Requests the profile of a user again. @param {string} id */
  reload(id) {
    this.#stale.add(id);
    this.#request(id);
  }

  /** The profile of a user, if it is known. @param {string} id */
  peek(id) {
    return this.#users.get(id);
  }

  /** @param {string} id @returns {PresenceState | undefined} */
  presence(id) {
    return this.#presence.get(id);
  }

  /** @param {User[]} users */
  add(users) {
    for (const user of users) {
      this.#users.set(user.id, user);
      this.#stale.delete(user.id);
      const { user: own, session } = this.client;
      if (user.id === own?.id && !user.deleted) session.updateUser({ ...own, ...user });
    }
    this.emit("changed", null);
  }

  /**
   * Sets whose presence is watched.
   * @param {string[]} users the most important first
   */
  watch(users) {
    const next = new Set([...new Set(users)].slice(0, MAX_WATCHED));
    if (next.size === this.#watched.length && this.#watched.every((user) => next.has(user))) return;
    this.#watched = [...next];
    if (this.#watchTimer === undefined) this.#watchAndPause();
  }

  /**
   * There is a new entry by or for these users. The server may show their presence now, because it shows only active
   * users.
   * @param {string[]} users
   */
  becameActive(users) {
    if (!users.some((user) => this.#hidden.has(user))) return;
    this.#watched = [...this.#watched];
    if (this.#watchTimer === undefined) this.#watchAndPause();
  }

  /** Sends the watched users. The next change is sent after a pause. */
  #watchAndPause() {
    const sent = this.#watched;
    this.#watchNow();
    this.#watchTimer = setTimeout(() => {
      this.#watchTimer = undefined;
      if (this.#watched !== sent) this.#watchAndPause();
    }, WATCH_INTERVAL_MS);
  }

  /** Pushes may have been lost: profiles are requested again as they are shown, the user's own now. */
  #refresh() {
    this.#watchNow();
    // On the first connection of a page, the sync brings the profiles.
    if (this.#users.size === 0) return;
    this.#stale = new Set(this.#users.keys());
    if (this.client.user) {
      this.#stale.add(this.client.user.id);
      this.#request(this.client.user.id);
    }
    this.emit("changed", null);
  }

  /** @param {string} id */
  #isNeeded(id) {
    return !this.#users.has(id) || this.#stale.has(id);
  }

  /** @param {string} id */
  #request(id) {
    this.#requested.add(id);
    this.#batchTimer ??= setTimeout(() => this.#fetch(), BATCH_DELAY_MS);
  }

  async #watchNow() {
    if (!this.client.supports("presence.watch") || this.#watched.length === 0) return;
    const before = this.#hidden;
    const hidden = new Set(this.#watched);
    this.#hidden = hidden;
    try {
      const { presence } = await this.client.request("presence.watch", { users: [...hidden] });
      for (const { user } of presence) {
        hidden.delete(user);
        // Until now, no change of the profile was pushed.
        if (before.has(user)) this.#stale.add(user);
      }
      this.#setPresence(presence);
    } catch {
      // Requested again at the next welcome.
    }
  }

  /** @param {PresenceState[]} states */
  #setPresence(states) {
    for (const state of states) this.#presence.set(state.user, state);
    this.emit("changed", null);
  }

  async #fetch() {
    this.#batchTimer = undefined;
    for (const id of this.#requested) if (!this.#isNeeded(id)) this.#requested.delete(id);
    const ids = [...this.#requested].slice(0, BATCH);
    if (ids.length === 0) return;
    try {
      const { users } = await this.client.request("users.get", { users: ids });
      const found = new Set(users.map((/** @type {User} */ user) => user.id));
      const gone = ids.filter((id) => !found.has(id)).map((id) => ({ id, displayName: "", deleted: true }));
      // A push meanwhile is newer than the answer.
      this.add([...users, ...gone].filter(({ id }) => this.#isNeeded(id)));
    } catch {
      // Requested again when something shows them.
    }
    for (const id of ids) this.#requested.delete(id);
    if (this.#requested.size) this.#batchTimer ??= setTimeout(() => this.#fetch(), BATCH_DELAY_MS);
  }
}
