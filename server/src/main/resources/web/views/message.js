/** @import { App } from "../app.js" */
/** @import { Entry, OutboxItem } from "../client/types.js" */
/** @import { Composer } from "./composer.js" */
/** @import { MessageRow } from "./timeline-rows.js" */
/** @import { Piece } from "../registry.js" */
/** @import { LogItem } from "../store/log.js" */
import { t } from "../i18n/i18n.js";
import { onlyEmoji, pieces } from "../text/rich.js";
import { clock, full } from "../text/time.js";
import { avatar } from "./avatar.js";
import { h, icon, iconButton } from "./dom.js";
import { previewText, recallText } from "./entry-text.js";
import { failureText } from "./error-text.js";
import { onKeyDown } from "./keys.js";
import { onLongPress } from "./long-press.js";
import { openMessageMenu, openReactions } from "./message-menu.js";
import { liveText } from "./live-text.js";
import { nameOf } from "./names.js";
import { asPiece } from "./patch.js";
import { toastOnError } from "./toast.js";

/**
 * @typedef {object} TimelineActions
 * @property {Composer} composer
 * @property {(seq: number) => void} jumpTo
 */

/**
 * @param {App} app
 * @param {MessageRow} row
 * @param {TimelineActions} around
 * @returns {import("./dom.js").Row}
 */
export function messageRow(app, row, around) {
  const { store } = app;
  const { key, own, first, last, waiting, edit } = row;
  const entry = edit ? edited(row.entry, edit) : row.entry;
  const conversation = store.conversations.get(entry.conversation);
  const group = conversation?.isGroup ?? false;
  const state = stateOf(app, row);
  const sender = group && !own ? nameOf(store, entry.sender) : "";
  const { replyTo, mentions = [] } = entry.content;
  const quoted = replyTo ? store.quoted(entry.conversation, replyTo) : null;
  const quote = replyTo ? quoteText(app, quoted) : null;
  const names = mentions.map((/** @type {string} */ user) => nameOf(store, user));
  // A feature draws the whole bubble of its entries, but only the body of a message with its content type.
  const bubble = store.features.bubble(app, entry);
  const body = store.features.content(entry)?.body(app, entry);
  const shown = {
    bubble,
    body,
    sender,
    state,
    group,
    quote,
    quotedBy: quoted ? nameOf(store, quoted.sender) : "",
    names,
  };
  return {
    key,
    deps: [
      row.entry,
      entry.seq,
      conversation?.state,
      waiting?.state,
      edit,
      first,
      last,
      state,
      sender,
      quote,
      shown.quotedBy,
      names.join(),
      ...((bubble ?? body)?.deps ?? []),
    ],
    make: () => messageElement(app, { ...row, entry }, shown, around),
  };
}

/** An entry as an edit will leave it. @param {Entry} entry @param {OutboxItem} edit @returns {Entry} */
function edited(entry, { content }) {
  return { ...entry, content: { ...content, replyTo: entry.content.replyTo } };
}

/**
 * A change of the group, a recalled message, or another entry without a bubble: a line in the middle.
 * @param {App} app
 * @param {{key: string, item: LogItem}} row
 * @param {Composer} composer
 * @returns {import("./dom.js").Row}
 */
export function noteRow(app, { key, item }, composer) {
  const { store } = app;
  const { entry } = item;
  const text = entry.recalled ? recallText(store, entry, item.recalledBy) : previewText(store, entry);
  const again = entry.recalled ? store.recalledTexts.get(`${entry.conversation}/${entry.seq}`) : undefined;
  const make = () =>
    h(
      "li",
      { class: "note", tabindex: "-1", testid: "note", data: { key, seq: entry.seq, recalled: entry.recalled } },
      h("span", { dir: "auto" }, text),
      again &&
        h(
          "button",
          { type: "button", class: "link", testid: "recall-reedit", onclick: () => composer.again(again) },
          t("message.reedit"),
        ),
    );
  return { key, deps: [entry, text, again], make };
}

/** @param {App} app @param {MessageRow} row */
function stateOf({ store }, { entry, own, waiting, edit }) {
  if (!own) return "received";
  if (waiting) return waiting.state;
  if (edit && edit.state !== "sent") return edit.state;
  return (store.conversations.get(entry.conversation)?.readers(entry.seq) ?? 0) > 0 ? "read" : "sent";
}

/** @param {App} app @param {Entry | null | undefined} quoted */
function quoteText({ store }, quoted) {
  if (quoted === undefined) return "…";
  return quoted ? previewText(store, quoted) : t("message.quote_gone");
}

/**
 * @param {App} app
 * @param {MessageRow} row
 * @param {{sender: string, state: string, group: boolean, quote: string | null, quotedBy: string,
 *   names: string[], bubble?: Piece, body?: Piece}} shown
 * @param {TimelineActions} around
 */
function messageElement(app, row, shown, around) {
  const { entry, own, first, last, key } = row;
  const { sender, state, group } = shown;
  const text = entry.content.type === "text" ? entry.content.text : (entry.summary ?? "");
  const emoji = entry.content.replyTo ? 0 : onlyEmoji(text);
  const classes = ["message", own ? "own" : "other", first && "first", last && "last", emoji && emoji <= 3 && "jumbo"];
  // The row outlives this state of it: what its own listeners need is looked up.
  const menu = (/** @type {Element | {x: number, y: number}} */ near) =>
    openMessageMenu(app, currentRow(app, row, element), around.composer, near);
  const element = h(
    "li",
    {
      class: classes.filter(Boolean).join(" "),
      tabindex: "-1",
      testid: "message",
      data: { key, seq: entry.seq || null, clientId: own && entry.clientId, sender: entry.sender, state },
    },
    group && !own && h("span", { class: "message-avatar" }, last && avatar(entry.sender, sender, { size: "small" })),
    h(
      "div",
      { class: "message-body" },
      sender && first && h("div", { class: "message-sender", dir: "auto" }, sender),
      shown.bubble && pieceView(shown.bubble, entry, metaView(entry, own, state)),
      !shown.bubble &&
        h(
          "div",
          { class: "bubble" },
          shown.quote !== null && quoteView(shown.quotedBy, shown.quote, () => around.jumpTo(entry.content.replyTo)),
          shown.body
            ? pieceView(shown.body, entry, metaView(entry, own, state))
            : h(
                "p",
                { class: "message-text", dir: "auto" },
                textView(app, text, shown.names, entry),
                metaView(entry, own, state),
              ),
        ),
      reactionsView(app, entry),
      state === "failed" && failureView(app, row),
    ),
    entry.seq > 0 && !shown.bubble && actions(app, row, around.composer, menu),
  );
  if (shown.bubble) onEnter(element);
  else onMenuRequest(element, menu);
  return element;
}

/**
 * The row with the entry that its element shows now.
 * @param {App} app
 * @param {MessageRow} row
 * @param {HTMLElement} element
 * @returns {MessageRow}
 */
function currentRow({ store }, row, element) {
  const { conversation } = row.entry;
  const item = store.conversations.get(conversation)?.log.find(Number(element.dataset.seq ?? 0));
  return item ? { ...row, item, entry: item.entry, waiting: null } : row;
}

/** @param {Piece} piece @param {Entry} entry @param {HTMLElement} meta */
function pieceView({ deps, make }, { seq, content, edited }, meta) {
  return asPiece(make(meta), [seq, content, edited, ...deps]);
}

/** @param {string} who @param {string} text @param {() => void} onclick */
function quoteView(who, text, onclick) {
  return h(
    "button",
    { type: "button", class: "quote", testid: "message-quote", onclick },
    who && h("span", { class: "quote-who", dir: "auto" }, who),
    h("span", { class: "quote-text", dir: "auto" }, text),
  );
}

const MARKS = /(\p{M}{8})(?=\p{M})/u;

/** @param {App} app @param {string} text @param {string[]} names @param {Entry} entry */
function textView({ store }, text, names, entry) {
  const me = nameOf(store, store.me);
  const toMe = entry.content.mentions?.includes(store.me);
  const parts = pieces(text, names).map((piece) => {
    if (piece.kind === "link") {
      // The direction isolates the address: text around it cannot reverse what it reads.
      const opens = { target: "_blank", rel: "noopener noreferrer nofollow" };
      return h("a", { href: piece.href, dir: "ltr", ...opens }, piece.text);
    }
    if (piece.kind === "text") return breakable(piece.text);
    // Isolated, so that an Arabic name does not change the direction of an English sentence.
    return h("bdi", { class: toMe && piece.text === `@${me}` ? "mention to-me" : "mention" }, piece.text);
  });
  return h("span", { testid: "message-text" }, ...parts.flat());
}

/**
 * Allows line breaks between hundreds of combining marks on one letter, which browsers do not break. No script has that
 * many.
 * @param {string} text
 */
function breakable(text) {
  return text.split(MARKS).flatMap((part, i) => (i % 2 === 1 ? [part, h("wbr")] : [part]));
}

/** @param {Entry} entry @param {boolean} own @param {string} state */
function metaView(entry, own, state) {
  return h(
    "span",
    { class: "meta" },
    entry.edited && editedView(entry.edited.at),
    liveText(
      h("time", { dir: "auto", datetime: entry.at, testid: "message-time" }),
      () => clock(entry.at),
      () => full(entry.at),
    ),
    own && tick(state),
  );
}

/** @param {string} at */
function editedView(at) {
  return liveText(
    h("span", { testid: "message-edited" }),
    () => t("message.edited"),
    () => full(at),
  );
}

/** @param {string} state */
function tick(state) {
  switch (state) {
    case "queued":
      return icon("clock", t("message.queued"));
    case "failed":
      return icon("alert", t("message.failed"));
    case "read":
      return icon("checks", t("message.read"));
    default:
      return icon("check", t("message.sent"));
  }
}

/** @param {App} app @param {Entry} entry */
function reactionsView({ store }, entry) {
  if (!entry.reactions?.length) return null;
  const left = store.conversations.get(entry.conversation)?.state === "left";
  const buttons = entry.reactions.map(({ emoji, count, mine }) =>
    h(
      "button",
      {
        type: "button",
        class: "reaction",
        disabled: left,
        "aria-pressed": String(mine),
        "aria-label": t("message.reaction", { emoji, n: count }),
        data: { emoji },
        testid: "reaction",
        onclick: () => toastOnError(store.react(entry.conversation, entry.seq, emoji, mine)),
      },
      h("span", { class: "reaction-emoji" }, emoji),
      h("span", { class: "reaction-count" }, count),
    ),
  );
  return h("div", { class: "reactions" }, ...buttons);
}

/** @param {App} app @param {MessageRow} row */
function failureView({ client }, { waiting, edit }) {
  const failed = waiting ?? edit;
  if (!failed) return null;
  const { clientId, error } = failed;
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("span", {}, failureText(error)),
    h(
      "button",
      { type: "button", class: "link", testid: "message-retry", onclick: () => client.outbox?.retry(clientId) },
      t("action.retry"),
    ),
    h(
      "button",
      { type: "button", class: "link", testid: "message-discard", onclick: () => client.outbox?.discard(clientId) },
      t(waiting ? "action.delete" : "action.cancel"),
    ),
  );
}

/**
 * The buttons beside a message while a pointer or the focus is on it.
 * @param {App} app
 * @param {MessageRow} row
 * @param {Composer} composer
 * @param {(near: Element) => void} menu
 */
function actions(app, row, composer, menu) {
  const { entry } = row;
  if (app.store.conversations.get(entry.conversation)?.state === "left") return null;
  const near = (/** @type {Event} */ event) => /** @type {Element} */ (event.currentTarget);
  return h(
    "div",
    { class: "message-actions" },
    iconButton("react", t("action.react"), {
      testid: "message-react",
      onclick: (/** @type {Event} */ e) => openReactions(app, entry, near(e)),
    }),
    iconButton("reply", t("action.reply"), { testid: "message-reply", onclick: () => composer.reply(entry.seq) }),
    iconButton("more", t("action.more"), {
      testid: "message-menu",
      "aria-haspopup": "menu",
      onclick: (/** @type {Event} */ e) => menu(near(e)),
    }),
  );
}

/** Enter on a row clicks the button in it. @param {HTMLElement} element */
function onEnter(element) {
  onKeyDown(element, (event) => {
    if (event.target !== element || event.key !== "Enter") return;
    event.preventDefault();
    element.querySelector("button")?.click();
  });
}

/**
 * The menu opens by a right click, a long press, and Enter.
 * @param {HTMLElement} element
 * @param {(near: Element | {x: number, y: number}) => void} menu
 */
function onMenuRequest(element, menu) {
  onLongPress(element, menu);
  element.addEventListener("contextmenu", (event) => {
    // Links and selections keep the browser's own menu.
    const selected = String(getSelection()).length > 0;
    if (selected || /** @type {Element} */ (event.target).closest("a")) return;
    event.preventDefault();
    menu({ x: event.clientX, y: event.clientY });
  });
  onKeyDown(element, (event) => {
    if (event.target !== element || event.key !== "Enter") return;
    event.preventDefault();
    menu(element.querySelector(".bubble") ?? element);
  });
}
