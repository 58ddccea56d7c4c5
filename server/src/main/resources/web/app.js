/**
 * The web client of Hongyan: connects the client module, the store and the views.
 *
 * The test ids, which browser tests use as `data-testid`; other attributes are named in full:
 *
 *   signing in      auth (its card has data-mode="sign-in|sign-up"; in a browser without earlier users it begins with
 *                   sign-up),
 *                   auth-username, auth-displayname (sign-up only), auth-password, auth-submit, auth-switch,
 *                   auth-notice ("You were signed out on this device"), form-error
 *   connection      connection, data-state="online|connecting|offline|signed-out|replaced|failed|refused"
 *   list            sidebar, search, conversation-<id>, each with data-title and data-unread; in it
 *                   conversation-title, preview, unread-badge, online-dot; new-menu opens the menu with new-chat and
 *                   new-group; settings-open
 *   new chat        new-chat-username, new-chat-submit
 *   new group       new-group-title, new-group-username, new-group-add, new-group-user (data-user),
 *                   new-group-submit
 *   chat            chat (data-conversation), chat-title, chat-status (presence, members), chat-back, details-open,
 *                   timeline, day, unread-divider, note (group changes, recalls; data-seq), typing (in the chat's
 *                   header and in its row of the list as preview), chat-bars (those of features), jump-newest,
 *                   history-loading
 *   message         message with data-seq (absent until the server has it), data-client-id (own), data-sender,
 *                   data-state="queued|sent|read|failed" (own) or "received"; in it message-text, message-quote,
 *                   message-edited, message-time, reaction (data-emoji, aria-pressed), message-retry,
 *                   message-discard;
 *                   message-menu, message-react and message-reply beside it (shown on hover or focus); a right
 *                   click or a long press opens the menu, too
 *   menu            menu-reply, menu-react, menu-copy, menu-edit, menu-recall, menu-readers,
 *                   quick-reaction (data-emoji), more-reactions
 *   emoji           emoji-picker with emoji (data-emoji)
 *   composer        composer (the text area), send, composer-reply, composer-edit, composer-cancel, composer-emoji,
 *                   mention-option (data-user), recall-reedit (puts an own recalled text back)
 *   features        composer-more opens a menu; each feature lists its own test ids in its feature.js
 *   details         details, details-close, rename-group, rename-input, rename-submit, add-members,
 *                   add-members-submit, member (data-user, data-role) with member-menu, member-remove, member-admin,
 *                   member-plain, member-owner;
 *                   open-history, leave-group, block, readers
 *   wrong address   lost, lost-home
 *   settings        settings, profile-name, profile-submit, language-<code>, theme-<auto|light|dark>, notifications,
 *                   device (data-id), device-revoke, password-old, password-new, password-submit, delete-open,
 *                   deletion-warning, delete-word, delete-password, delete-submit, sign-out
 *   everywhere      toast, confirm (the button that confirms), dialog-close, aria-live (announced by screen readers)
 *
 * Own messages keep their data-client-id from queued to read.
 */
import { Hongyan } from "./hongyan.js";
import { startLanguage, t } from "./i18n/i18n.js";
import { preload } from "./lazy.js";
import { loadFeatures } from "./load-features.js";
import { registry } from "./registry.js";
import { DayWatch } from "./text/day-watch.js";
import { redrawLiveTexts } from "./views/live-text.js";
import { Store } from "./store/store.js";
import { authView } from "./views/auth.js";
import { closeDialogs } from "./views/dialog.js";
import { loadIcons } from "./views/icons.js";
import { closeMenus } from "./views/menu.js";
import { showOverlays } from "./views/overlays.js";
import { Router } from "./views/router.js";
import { shellView } from "./views/shell.js";
import { toasts } from "./views/toast.js";

/** Passed to every view. */
export class App {
  /** @type {{element: HTMLElement, stop: () => void} | null} */
  #shell = null;
  #drawOverlays = () => {};
  /** Whether the user signs out here, and needs no notice of it. */
  #leaving = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.client = new Hongyan();
    this.store = new Store(this.client, registry);
    this.router = new Router();
    this.client.on("user", (user) => {
      if (!user) this.router.leave();
      this.draw(user || this.#leaving ? undefined : t("auth.signed_out"));
      this.#leaving = false;
    });
    this.store.on("list", () => this.#title());
    this.days = new DayWatch();
    this.days.on("day", () => this.store.touchAll());
    this.days.on("tick", redrawLiveTexts);
    this.client.on("synced", () => (globalThis.requestIdleCallback ?? setTimeout)(preload));
  }

  start() {
    startLanguage();
    loadIcons();
    document.body.append(toasts());
    this.#drawOverlays = showOverlays(this);
    this.draw();
    this.client.start();
    this.days.start();
  }

  /** Draws the whole page again: another user is here, or the language changed. @param {string} [notice] */
  draw(notice) {
    this.#shell?.stop();
    this.#shell = null;
    closeMenus();
    closeDialogs();
    if (this.client.user) {
      this.#shell = shellView(this);
      this.root.replaceChildren(this.#shell.element);
    } else {
      this.root.replaceChildren(authView(this, { notice }));
    }
    this.#drawOverlays();
    this.#title();
  }

  async signOut() {
    this.#leaving = true;
    this.store.deleteLocalData();
    this.client.outbox?.clear();
    await this.client.signOut();
  }

  /** The account was deleted: removes its data from this device. */
  accountDeleted() {
    this.#leaving = true;
    this.store.deleteLocalData();
    this.client.outbox?.clear();
    this.client.session.clear();
  }

  #title() {
    const unread = this.client.user ? this.store.unread : 0;
    document.title = unread > 0 ? `(${unread > 999 ? "999+" : unread}) Hongyan` : "Hongyan";
  }
}

const root = document.getElementById("app");
if (root) loadFeatures().then(() => new App(root).start());
