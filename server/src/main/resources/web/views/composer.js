/** @import { App } from "../app.js" */
/** @import { Entry } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { utf8Length } from "../text/rich.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { pickEmoji } from "./emoji.js";
import { onKeyDown } from "./keys.js";
import { mentionsView } from "./mentions.js";
import { openMenu } from "./menu.js";
import { previewText } from "./entry-text.js";
import { nameOf } from "./names.js";
import { deferWhilePressed } from "./deferred-update.js";
import { toastOnError } from "./toast.js";

const MAX_BYTES = 16 * 1024;
const TYPING_EVERY_MS = 3_000;
/** The server does not forward typing in larger groups. */
const TYPING_MEMBERS = 50;

/** @typedef {ReturnType<typeof composerView>} Composer */

/**
 * The field for new messages: keeps a draft per conversation, and handles replies, edits and mentions.
 * @param {App} app
 * @param {string} id
 */
export function composerView(app, id) {
  const { store, client } = app;
  const text = h("textarea", {
    class: "composer-text",
    rows: 1,
    dir: "auto",
    placeholder: t("composer.placeholder"),
    "aria-label": t("composer.placeholder"),
    testid: "composer",
    enterkeyhint: onTouch() ? "enter" : "send",
  });
  const send = h(
    "button",
    { type: "submit", class: "send", testid: "send", "aria-label": t("composer.send"), title: t("composer.send") },
    icon("send"),
  );
  const above = h("div", { class: "composer-above", hidden: true });
  const over = h("p", { class: "composer-over", role: "alert", hidden: true });
  const smile = iconButton("smile", t("emoji.pick"), {
    testid: "composer-emoji",
    onclick: () => pickEmoji(smile, type, { keepOpen: !onTouch() }),
  });
  const more = iconButton("plus", t("composer.more"), {
    testid: "composer-more",
    "aria-haspopup": "menu",
    onclick: () => openMenu(moreItems(app, id), more, { label: t("composer.more") }),
  });
  const mentions = mentionsView(app, id, text);
  const element = h(
    "form",
    { class: "composer", onsubmit: (/** @type {Event} */ event) => submit(event) },
    mentions.element,
    above,
    over,
    h("div", { class: "composer-row" }, smile, more, text, send),
  );
  /** @type {number | undefined} */
  let replyTo;
  /** @type {Entry | null} */
  let editing = null;
  let typingSentAt = 0;

  const update = () => {
    const size = utf8Length(text.value);
    over.hidden = size <= MAX_BYTES;
    if (size > MAX_BYTES) fill(over, t("composer.too_long", { n: size - MAX_BYTES }));
    send.disabled = !text.value.trim() || size > MAX_BYTES;
    fitHeight();
  };
  const fitHeight = () => {
    // Held, because the messages above would move while the text is measured.
    element.style.minHeight = `${element.offsetHeight}px`;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    element.style.minHeight = "";
  };
  const showMore = () => {
    more.hidden = moreItems(app, id).length === 0;
  };
  const showAbove = deferWhilePressed(above, () => {
    const quoted = replyTo ? store.quoted(id, replyTo) : null;
    above.hidden = !editing && !replyTo;
    if (above.hidden) return fill(above);
    fill(
      above,
      icon(editing ? "edit" : "reply"),
      h(
        "div",
        { class: "composer-quote", testid: editing ? "composer-edit" : "composer-reply" },
        h(
          "strong",
          { dir: "auto" },
          editing ? t("composer.editing") : t("composer.replying", { who: quoted ? nameOf(store, quoted.sender) : "" }),
        ),
        h("span", { dir: "auto" }, editing ? previewText(store, editing) : quoted ? previewText(store, quoted) : ""),
      ),
      iconButton("close", t("action.cancel"), { testid: "composer-cancel", onclick: cancel }),
    );
  });
  const cancel = () => {
    if (editing) text.value = store.drafts.get(id)?.text ?? "";
    editing = null;
    replyTo = undefined;
    changed();
    showAbove();
    text.focus();
  };
  const changed = () => {
    if (!editing) store.drafts.set(id, { text: text.value, replyTo });
    update();
  };
  const sendTyping = () => {
    const members = store.conversations.get(id)?.info?.memberCount ?? 0;
    if (editing || !text.value.trim() || members > TYPING_MEMBERS || Date.now() - typingSentAt < TYPING_EVERY_MS)
      return;
    // Not while connecting: the next attempt would be three seconds later.
    if (!client.supports("typing")) return;
    typingSentAt = Date.now();
    client.notify("typing", { conversation: id });
  };
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    const written = text.value.trim();
    if (!written || send.disabled) return;
    const mentioned = mentions.in(written);
    const content = {
      type: /** @type {const} */ ("text"),
      text: written,
      ...(mentioned.length ? { mentions: mentioned } : {}),
    };
    if (editing) {
      const { seq } = editing;
      if (written !== editing.content.text) toastOnError(client.edit(id, seq, content));
      cancel();
      return;
    }
    client.send(id, content, replyTo);
    replyTo = undefined;
    text.value = "";
    typingSentAt = 0;
    changed();
    showAbove();
    text.focus();
    composer.onsent();
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (mentions.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && (!onTouch() || event.ctrlKey || event.metaKey))
      submit(event);
    else if (event.key === "Escape" && (editing || replyTo)) cancel();
    else if (event.key === "ArrowUp" && !text.value && !editing) editLast();
    else return;
    event.preventDefault();
  };
  const editLast = () => {
    // The last message is still waiting, and the user does not mean the one before it.
    if (client.outbox?.of(id).length) return;
    const last = store.conversations
      .get(id)
      ?.log.items.findLast(
        ({ entry }) =>
          entry.sender === store.me && entry.kind === "message" && !entry.recalled && entry.content.type === "text",
      );
    if (last) composer.edit(last.entry);
  };
  /** Writes at the cursor. @param {string} piece */
  const type = (piece) => {
    text.setRangeText(piece, text.selectionStart, text.selectionEnd, "end");
    changed();
    if (!onTouch()) text.focus();
  };
  const onInput = () => {
    changed();
    mentions.update();
    sendTyping();
  };
  text.addEventListener("input", onInput);
  onKeyDown(text, onKey);

  const composer = {
    element,
    /** Called after each sent message. */
    onsent: () => {},
    /** @param {number} seq */
    reply(seq) {
      if (editing) cancel();
      replyTo = seq;
      changed();
      showAbove();
      text.focus();
    },
    /** @param {Entry} entry */
    edit(entry) {
      editing = entry;
      replyTo = undefined;
      text.value = entry.content.text;
      mentions.restore(entry.content.mentions ?? []);
      update();
      showAbove();
      text.focus();
    },
    /** @param {string} piece */
    insert(piece) {
      text.focus();
      type(piece);
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
  const draft = store.drafts.get(id);
  if (draft) {
    text.value = draft.text;
    replyTo = draft.replyTo;
  }
  const stops = [
    store.on("entries", (which) => which === id && replyTo && showAbove()),
    store.on("users", showMore),
    store.on("conversation", showMore),
  ];
  showAbove();
  showMore();
  // The height is known only when it is in the page.
  requestAnimationFrame(() => {
    update();
    if (!onTouch()) text.focus({ preventScroll: true });
  });
  return composer;
}

/**
 * What the features offer to send.
 * @param {App} app
 * @param {string} id
 * @returns {import("./menu.js").MenuItem[]}
 */
function moreItems(app, id) {
  return app.store.features.composerItems(app, id).map(({ label, choose, ...item }) => ({
    ...item,
    label: t(label),
    choose: () => toastOnError(Promise.resolve(choose(app, id))),
  }));
}

function onTouch() {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
