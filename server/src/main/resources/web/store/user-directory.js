/** @import { PresenceState, User } from "../client/types.js" */
/** @import { Hongyan } from "../hongyan.js" */
import { Emitter } from "../client/emitter.js";

const BATCH = 200;
const GATHER_MS = 30;
const MAX_WATCHED = 500;

/**
 * Names and presence of the people one meets, each asked for once.
 *
 * Events: `changed` when a name or a presence is another.
 * @extends {Emitter<{changed: null}>}
 */
export class UserDirectory extends Emitter {
  /** @type {Map<string, User>} */
  #users = new Map();
  /** @type {Map<string, PresenceState>} */
  #presence = new Map();
  /** @type {Set<string>} */
  #wanted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #gathering;
  /** @type {string[]} */
  #watched = [];

  /** @param {Hongyan} client */
  constructor(client) {
    super();
    this.client = client;
    client.on("profile", ({ user }) => this.learn([user]));
    client.on("presence", (state) => this.#learnPresence([state]));
    client.on("welcome", () => this.#watchNow());
    client.on("syncRequired", () => this.#watchNow());
    client.on("state", (state) => {
      if (state === "online" || this.#presence.size === 0) return;
      // What was known of others is stale from here on.
      for (const [user, present] of this.#presence) this.#presence.set(user, { ...present, online: false });
      this.emit("changed", null);
    });
  }

  clear() {
    this.#users.clear();
    this.#presence.clear();
    this.#watched = [];
  }

  /**
   * What is known of somebody; if that is nothing, it is asked for.
   * @param {string} id
   * @returns {User | undefined}
   */
  get(id) {
    const user = this.#users.get(id);
    if (!user && !this.#wanted.has(id)) {
      this.#wanted.add(id);
      this.#gathering ??= setTimeout(() => this.#fetch(), GATHER_MS);
    }
    return user;
  }

  /** What is known of somebody, without asking. @param {string} id */
  known(id) {
    return this.#users.get(id);
  }

  /** @param {string} id @returns {PresenceState | undefined} */
  presence(id) {
    return this.#presence.get(id);
  }

  /** @param {User[]} users */
  learn(users) {
    for (const user of users) this.#users.set(user.id, user);
    this.emit("changed", null);
  }

  /**
   * Says whose presence is of interest; replaces what was said before.
   * @param {string[]} users the most important first
   */
  watch(users) {
    const next = new Set([...new Set(users)].slice(0, MAX_WATCHED));
    if (next.size === this.#watched.length && this.#watched.every((user) => next.has(user))) return;
    this.#watched = [...next];
    this.#watchNow();
  }

  async #watchNow() {
    if (!this.client.supports("presence.watch") || this.#watched.length === 0) return;
    try {
      const { presence } = await this.client.request("presence.watch", { users: this.#watched });
      this.#learnPresence(presence);
    } catch {
      // The next welcome asks again.
    }
  }

  /** @param {PresenceState[]} states */
  #learnPresence(states) {
    for (const state of states) this.#presence.set(state.user, state);
    this.emit("changed", null);
  }

  async #fetch() {
    this.#gathering = undefined;
    const ids = [...this.#wanted].filter((id) => !this.#users.has(id)).slice(0, BATCH);
    if (ids.length === 0) return;
    try {
      const { users } = await this.client.request("users.get", { users: ids });
      const found = new Set(users.map((/** @type {User} */ user) => user.id));
      const gone = ids.filter((id) => !found.has(id)).map((id) => ({ id, displayName: "", deleted: true }));
      this.learn([...users, ...gone]);
    } catch {
      // They stay without a name until something shows them again.
    }
    for (const id of ids) this.#wanted.delete(id);
    if (this.#wanted.size) this.#gathering ??= setTimeout(() => this.#fetch(), GATHER_MS);
  }
}
