/** @import { App } from "../app.js" */
/** @import { Entry, TextContent } from "../client/types.js" */
/** @import { Draft } from "../store/drafts.js" */
import { t } from "../i18n/i18n.js";
import { emptyDraft } from "../store/drafts.js";
import { findMentions, moveMentions } from "../text/mentions.js";
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
    {
      type: "submit",
      class: "send",
      testid: "send",
      "aria-label": t("composer.send"),
      title: t("composer.send"),
      // The text keeps the focus, so that what is sent is what the user saw, and not the draft of another tab.
      onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
    },
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
  const mentions = mentionsView(app, id, text, (mention) => {
    draft.mentions = inOrder([...draft.mentions, mention]);
    store.drafts.set(id, draft);
  });
  const element = h(
    "form",
    { class: "composer", onsubmit: (/** @type {Event} */ event) => submit(event) },
    mentions.element,
    above,
    over,
    h("div", { class: "composer-row" }, smile, more, text, send),
  );
  let draft = emptyDraft();
  /** Whether another tab has changed the draft since the user last changed it here. */
  let outdated = false;
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
    const seq = draft.editing ?? draft.replyTo;
    above.hidden = !seq;
    if (!seq) return fill(above);
    const quoted = store.quoted(id, seq);
    fill(
      above,
      icon(draft.editing ? "edit" : "reply"),
      h(
        "div",
        { class: "composer-quote", testid: draft.editing ? "composer-edit" : "composer-reply" },
        h(
          "strong",
          { dir: "auto" },
          draft.editing
            ? t("composer.editing")
            : t("composer.replying", { who: quoted ? nameOf(store, quoted.sender) : "" }),
        ),
        h("span", { dir: "auto" }, quoted ? previewText(store, quoted) : ""),
      ),
      iconButton("close", t("action.cancel"), { testid: "composer-cancel", onclick: cancel }),
    );
  });
  /** @param {Draft} next */
  const show = (next) => {
    draft = next;
    if (text.value !== draft.text) text.value = draft.text;
    outdated = false;
    update();
    showAbove();
  };
  /** @param {Draft} next */
  const replace = (next) => {
    store.drafts.set(id, next);
    show(next);
    text.focus();
  };
  const load = () => show(store.drafts.get(id));
  const cancel = () => replace(draft.editing ? (draft.before ?? emptyDraft()) : { ...draft, replyTo: undefined });
  /** The user changed the text. */
  const changed = () => {
    draft.mentions = moveMentions(draft.mentions, draft.text, text.value);
    draft.text = text.value;
    store.drafts.set(id, draft);
    outdated = false;
    update();
  };
  const sendTyping = () => {
    const members = store.conversations.get(id)?.info?.memberCount ?? 0;
    if (draft.editing || !text.value.trim() || members > TYPING_MEMBERS || Date.now() - typingSentAt < TYPING_EVERY_MS)
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
    const users = usersIn(draft);
    const content = {
      type: /** @type {const} */ ("text"),
      text: written,
      ...(users.length ? { mentions: users } : {}),
    };
    // The text leaves the composer only when the outbox has it.
    if (draft.editing) {
      if (!isUnchanged(draft.editing)) client.edit(id, draft.editing, content);
      cancel();
      return;
    }
    client.send(id, content, draft.replyTo);
    typingSentAt = 0;
    replace(emptyDraft());
    composer.onsent();
  };
  /** What the message with this seq says, or will say once an edit in the outbox is sent. @param {number} seq */
  const contentOf = (seq) => {
    const edit = client.outbox?.editsOf(id).findLast(({ edits }) => edits === seq);
    return /** @type {TextContent | undefined} */ (edit?.content ?? store.quoted(id, seq)?.content);
  };
  /** Whether the draft is what the message with this seq says already. @param {number} seq */
  const isUnchanged = (seq) => {
    const content = contentOf(seq);
    if (!content?.text) return false;
    const present = draftOf(content);
    return draft.text.trim() === present.text.trim() && usersIn(draft).join() === usersIn(present).join();
  };
  /** @param {TextContent} content @returns {Draft} */
  const draftOf = (content) => {
    // As the browser changes it in a text field.
    const written = content.text.replace(/\r\n?/g, "\n");
    const mentioned = (content.mentions ?? []).map((user) => ({ user, name: nameOf(store, user) }));
    return { text: written, mentions: findMentions(written, mentioned) };
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (mentions.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && (!onTouch() || event.ctrlKey || event.metaKey))
      submit(event);
    else if (event.key === "Escape" && (draft.editing || draft.replyTo)) cancel();
    else if (event.key === "ArrowUp" && !text.value && !draft.editing) editLast();
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
  const hasFocus = () => document.hasFocus() && document.activeElement === text;
  text.addEventListener("input", onInput);
  text.addEventListener("blur", () => outdated && load());
  onKeyDown(text, onKey);

  const composer = {
    element,
    /** Called after each sent message. */
    onsent: () => {},
    /** @param {number} seq */
    reply(seq) {
      if (draft.editing) cancel();
      replace({ ...draft, replyTo: seq });
    },
    /** @param {Entry} entry */
    edit(entry) {
      const content = contentOf(entry.seq) ?? /** @type {TextContent} */ (entry.content);
      const before = draft.editing ? draft.before : draft;
      replace({ ...draftOf(content), editing: entry.seq, before });
    },
    /** Writes a recalled message again, at the cursor. @param {TextContent & {replyTo?: number}} content */
    again(content) {
      const at = text.selectionStart;
      const recalled = draftOf(content);
      type(recalled.text);
      const moved = recalled.mentions.map((mention) => ({ ...mention, at: mention.at + at }));
      // The text after the cursor may begin with a letter.
      const mentioned = moveMentions(inOrder([...draft.mentions, ...moved]), draft.text, draft.text);
      const replyTo = draft.editing ? undefined : (draft.replyTo ?? content.replyTo);
      replace({ ...draft, mentions: mentioned, replyTo });
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
  const stops = [
    store.on("entries", (which) => which === id && (draft.editing || draft.replyTo) && showAbove()),
    store.on("draft", (which) => {
      if (which !== id) return;
      outdated = true;
      if (!hasFocus()) load();
    }),
    store.on("users", showMore),
    store.on("conversation", showMore),
  ];
  load();
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

/** @param {Draft["mentions"]} mentions */
function inOrder(mentions) {
  return mentions.sort((a, b) => a.at - b.at);
}

/** The mentioned users, each once. @param {Draft} draft */
function usersIn({ mentions }) {
  return [...new Set(mentions.map(({ user }) => user))];
}

function onTouch() {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
