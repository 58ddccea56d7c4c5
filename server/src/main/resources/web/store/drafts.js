/** @typedef {{text: string, replyTo?: number}} Draft */

/** The unsent text of each conversation, kept on this device. */
export class Drafts {
  /**
   * @param {Storage} storage
   * @param {string} user
   */
  constructor(storage, user) {
    this.storage = storage;
    this.prefix = `hongyan.draft.${user}.`;
  }

  /** @param {string} conversation @returns {Draft | null} */
  get(conversation) {
    try {
      return JSON.parse(this.storage.getItem(this.prefix + conversation) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} conversation @param {Draft} draft an empty one is removed */
  set(conversation, draft) {
    try {
      if (draft.text.trim() || draft.replyTo) this.storage.setItem(this.prefix + conversation, JSON.stringify(draft));
      else this.storage.removeItem(this.prefix + conversation);
    } catch {
      // Storage is full or forbidden: the draft lasts as long as the page.
    }
  }

  /** Removes all drafts of this user. */
  clear() {
    for (let i = this.storage.length - 1; i >= 0; i--) {
      const key = this.storage.key(i);
      if (key?.startsWith(this.prefix)) this.storage.removeItem(key);
    }
  }
}
