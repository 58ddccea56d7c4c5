/** What the web client meets in tests instead of a browser and a server. */
import { Emitter } from "../../main/resources/web/client/emitter.js";

/** A Storage that lives as long as the test, and can be full. */
export class FakeStorage {
  #items = new Map();
  full = false;

  get length() {
    return this.#items.size;
  }

  key(i) {
    return [...this.#items.keys()][i] ?? null;
  }

  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  setItem(key, value) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.#items.set(key, String(value));
  }

  removeItem(key) {
    this.#items.delete(key);
  }
}

/** Lets everything that is due, and what follows from it, happen. */
export async function settle(rounds = 5) {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The same numbers for the same seed, so that a failure can be seen again. */
export function seeded(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export function message(seq, fields = {}) {
  return {
    conversation: "c",
    seq,
    kind: "message",
    sender: "bob",
    at: new Date(Date.UTC(2026, 0, 1, 12, 0, seq)).toISOString(),
    content: { type: "text", text: `message ${seq}` },
    counts: true,
    ...fields,
  };
}

/** A client whose answers are set by the test, by type. */
export class FakeClient extends Emitter {
  user = { id: "me" };
  storage = new FakeStorage();
  session = { updateUser: (user) => (this.user = user) };
  asked = [];
  notified = [];
  answers = {};

  supports() {
    return true;
  }

  request(type, data) {
    this.asked.push([type, data]);
    const answer = this.answers[type];
    return Promise.resolve(typeof answer === "function" ? answer(data) : answer);
  }

  append(type, data, shouldSend) {
    this.shouldSend = shouldSend;
    return this.request(type, data);
  }

  http(method, path, body) {
    return this.request(`${method} ${path}`, body);
  }

  notify(type, data) {
    this.notified.push([type, data]);
  }

  count(type) {
    return this.asked.filter(([asked]) => asked === type).length;
  }
}
