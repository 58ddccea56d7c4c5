/** @import { Mention } from "../text/mentions.js" */
import { Emitter } from "../client/emitter.js";
import { SafeStorage } from "../client/storage.js";

/**
 * A text that is not sent yet, with everything that belongs to it.
 * @typedef {object} Draft
 * @property {string} text
 * @property {Mention[]} mentions ascending
 * @property {number} [replyTo]
 * @property {number} [editing] the message that the text will replace
 * @property {Draft} [before] the draft to return to after the edit
 */

/** @returns {Draft} */
export function emptyDraft() {
  return { text: "", mentions: [] };
}

/**
 * The draft of each conversation, kept on this device and shared by its tabs.
 *
 * Event: `changed` with the conversation whose draft another tab changed.
 * @extends {Emitter<{changed: string}>}
 */
export class Drafts extends Emitter {
  /**
   * @param {SafeStorage | Storage} storage
   * @param {string} user
   */
  constructor(storage, user) {
    super();
    this.storage = SafeStorage.of(storage);
    this.prefix = `hongyan.draft.${user}.`;
  }

  /** @param {string} conversation @returns {Draft} an empty one if there is none */
  get(conversation) {
    try {
      return { ...emptyDraft(), ...JSON.parse(this.storage.getItem(this.prefix + conversation) ?? "null") };
    } catch {
      return emptyDraft();
    }
  }

  /** @param {string} conversation @param {Draft} draft an empty one is removed */
  set(conversation, draft) {
    const key = this.prefix + conversation;
    if (draft.text.trim() || draft.replyTo || draft.editing) this.storage.setItem(key, JSON.stringify(draft));
    else this.storage.removeItem(key);
  }

  /** Another tab changed the storage. @param {string | null} key */
  onStorage(key) {
    if (key?.startsWith(this.prefix)) this.emit("changed", key.slice(this.prefix.length));
  }

  /** Removes all drafts of this user. */
  clear() {
    for (const key of this.storage.keys()) if (key.startsWith(this.prefix)) this.storage.removeItem(key);
  }
}
