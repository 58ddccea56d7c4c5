/**
 * The web client of Hongyan: puts the client module, the store and the views together.
 *
 * What browser tests can hold on to, as `data-testid` unless said otherwise:
 *
 *   signing in      auth (its card has data-mode="sign-in|sign-up"; a browser that never saw anybody begins with
 *                   sign-up),
 *                   auth-username, auth-displayname (sign-up only), auth-password, auth-submit, auth-switch,
 *                   auth-notice ("You were signed out on this device"), form-error
 *   connection      connection, data-state="online|connecting|offline|signed-out|replaced|failed"
 *   list            sidebar, search, conversation-<id>, each with data-title and data-unread; in it
 *                   conversation-title, preview, unread-badge, online-dot; new-menu opens the menu with new-chat and
 *                   new-group; settings-open
 *   new chat        new-chat-username, new-chat-submit
 *   new group       new-group-title, new-group-username, new-group-add, new-group-person (data-user),
 *                   new-group-submit
 *   chat            chat (data-conversation), chat-title, chat-status (presence, members), chat-back, details-open,
 *                   timeline, day, unread-divider, note (group changes, recalls; data-seq), typing (in the chat's
 *                   header and in its row of the list as preview), jump-newest, history-loading
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
 *   red envelopes   composer-more with menu-envelope and menu-transfer; envelope-compose with envelope-kind-<kind>,
 *                   envelope-amount-input, envelope-count, envelope-recipient, envelope-greeting-input,
 *                   envelope-total, envelope-parts, envelope-send; in the timeline envelope (data-envelope,
 *                   data-state="unopened|opened|empty|expired|gone", data-kind) with envelope-greeting and
 *                   envelope-state, and envelope-line ("X opened your red envelope");
 *                   envelope-page with envelope-open (the coin), envelope-note, envelope-left, envelope-details, or
 *                   envelope-amount (data-fen), envelope-outcome, envelope-sum, opener (data-user, data-fen,
 *                   data-best) with best, proof-open, proof-verdict (data-holds); drain (data-left)
 *   paying          money-complaint, money-balance, money-lost (the answer is missing) with money-give-up
 *   transfers       transfer-compose with transfer-amount-input, transfer-note, transfer-send; in the timeline
 *                   transfer (data-state="pending|accepted|refused|returned") with transfer-amount, transfer-state;
 *                   transfer-page with transfer-sum, transfer-status, transfer-until, transfer-accept, transfer-refuse
 *   wallet          wallet-open, wallet with wallet-balance (data-fen), top-up-open, top-up with top-up-amount,
 *                   top-up-submit, wallet-statement, posting (data-kind, data-fen), wallet-transfers,
 *                   transfer-row (data-state),
 *                   wallet-envelopes, history-received, history-sent, history-year, history-before, history-after,
 *                   history-sums, history-row, more (the next page), nothing
 *   details         details, details-close, rename-group, rename-input, rename-submit, add-members,
 *                   add-members-submit, member (data-user, data-role) with member-menu, member-remove, member-admin,
 *                   member-plain, member-owner;
 *                   open-history, leave-group, block, readers
 *   settings        settings, profile-name, profile-submit, language-<code>, theme-<auto|light|dark>, notices,
 *                   device (data-id), device-revoke, password-old, password-new, password-submit, delete-open,
 *                   delete-loss (what is in the wallet), delete-word, delete-password, delete-submit, sign-out
 *   everywhere      toast, confirm (the "yes" of a question), dialog-close, live (what a screen reader is told)
 *
 * Own messages keep their data-client-id from queued to read.
 */
import { Hongyan } from "./hongyan.js";
import { startLanguage, t } from "./i18n/i18n.js";
import { Store } from "./store/store.js";
import { authView } from "./views/auth.js";
import { closeDialogs } from "./views/dialog.js";
import { loadIcons } from "./views/icons.js";
import { closeMenus } from "./views/menu.js";
import { Router } from "./views/router.js";
import { shellView } from "./views/shell.js";
import { toasts } from "./views/toast.js";

/** What every view is given. */
export class App {
  /** @type {{element: HTMLElement, stop: () => void} | null} */
  #shell = null;
  /** Whether the person asked to leave, and need not be told that they left. */
  #leaving = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.client = new Hongyan();
    this.store = new Store(this.client);
    this.router = new Router();
    this.client.on("user", (user) => {
      if (!user) this.router.leave();
      this.draw(user || this.#leaving ? undefined : t("auth.signed_out"));
      this.#leaving = false;
    });
    this.store.on("list", () => this.#title());
  }

  start() {
    startLanguage();
    loadIcons();
    document.body.append(toasts());
    this.draw();
    this.client.start();
  }

  /** Draws everything anew: somebody else is here, or the language is another. @param {string} [notice] */
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
    this.#title();
  }

  async signOut() {
    this.#leaving = true;
    this.store.forget();
    this.client.outbox?.clear();
    await this.client.signOut();
  }

  /** The account is gone: nothing of it stays on this device. */
  forget() {
    this.#leaving = true;
    this.store.forget();
    this.client.outbox?.clear();
    this.client.session.forget();
  }

  #title() {
    const unread = this.client.user ? this.store.unread : 0;
    document.title = unread > 0 ? `(${unread > 999 ? "999+" : unread}) Hongyan` : "Hongyan";
  }
}

const root = document.getElementById("app");
if (root) new App(root).start();
