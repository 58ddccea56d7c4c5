/** @import { App } from "../app.js" */
/** @import { Entry } from "../client/types.js" */
/** @import { Composer } from "./composer.js" */
/** @import { MenuItem } from "./menu.js" */
/** @import { MessageRow } from "./timeline-rows.js" */
import { normalizedEmoji } from "../text/graphemes.js";
import { serverClock } from "../client/server-clock.js";
import { t } from "../i18n/i18n.js";
import { copyText } from "./clipboard.js";
import { h, icon } from "./dom.js";
import { pickEmoji, QUICK } from "./emoji.js";
import { closeMenus, openMenu, popover } from "./menu.js";
import { openReaders } from "./readers.js";
import { toastOnError } from "./toast.js";

const RECALL_MS = 2 * 60_000;
const EDIT_MS = 24 * 3_600_000;

/**
 * Whether the user may recall a message: an own one for two minutes, as an owner or admin any message at any time.
 * @param {App} app
 * @param {Entry} entry
 */
function mayRecall({ store }, entry) {
  const conversation = store.conversations.get(entry.conversation);
  if (conversation?.canManage) return true;
  return entry.sender === store.me && isYoungerThan(entry, RECALL_MS);
}

/** @param {Entry} entry @param {number} ms */
function isYoungerThan(entry, ms) {
  return serverClock.now() - Date.parse(entry.at) < ms;
}

/**
 * @param {App} app
 * @param {MessageRow} row
 * @param {Composer} composer
 * @param {Element | {x: number, y: number}} near
 */
export function openMessageMenu(app, row, composer, near) {
  const { client, store } = app;
  const { entry, own } = row;
  const conversation = store.conversations.get(entry.conversation);
  if (entry.seq === 0 || !conversation) return;
  const text = entry.content.type === "text" ? entry.content.text : undefined;
  const active = conversation.state === "member";
  /** @type {(MenuItem | false | undefined)[]} */
  const items = [
    active && {
      label: t("action.reply"),
      icon: "reply",
      testid: "menu-reply",
      choose: () => composer.reply(entry.seq),
    },
    active && {
      label: t("action.react"),
      icon: "react",
      testid: "menu-react",
      choose: () => openAllReactions(app, entry, near),
    },
    text && { label: t("action.copy"), icon: "copy", testid: "menu-copy", choose: () => copyText(text) },
    active &&
      own &&
      text &&
      isYoungerThan(entry, EDIT_MS) && {
        label: t("action.edit"),
        icon: "edit",
        testid: "menu-edit",
        choose: () => composer.edit(entry),
      },
    own &&
      conversation.isGroup &&
      client.supports("read.by") && {
        label: t("message.read_by"),
        icon: "checks",
        testid: "menu-readers",
        choose: () => openReaders(app, entry),
      },
    active &&
      mayRecall(app, entry) && {
        label: t("action.recall"),
        icon: "recall",
        testid: "menu-recall",
        danger: true,
        choose: () => toastOnError(store.recall(entry.conversation, entry.seq)),
      },
  ];
  const head = active ? quickReactions(app, entry, near) : undefined;
  openMenu(
    items.filter((item) => typeof item === "object"),
    near,
    { head, label: t("action.more") },
  );
}

/** Shows the quick reactions. @param {App} app @param {Entry} entry @param {Element} near */
export function openReactions(app, entry, near) {
  popover(h("div", { class: "menu reactions-only" }, quickReactions(app, entry, near)), near);
}

/** @param {App} app @param {Entry} entry @param {Element | {x: number, y: number}} near */
function quickReactions(app, entry, near) {
  const buttons = QUICK.map((emoji) => {
    const mine = entry.reactions?.find((reaction) => reaction.emoji === emoji)?.mine ?? false;
    const choose = () => {
      closeMenus();
      toggle(app, entry, emoji);
    };
    return h(
      "button",
      {
        type: "button",
        class: "emoji",
        "aria-pressed": String(mine),
        "aria-label": emoji,
        data: { emoji },
        testid: "quick-reaction",
        onclick: choose,
      },
      emoji,
    );
  });
  const more = h(
    "button",
    {
      type: "button",
      class: "emoji more",
      "aria-label": t("emoji.pick"),
      testid: "more-reactions",
      onclick: () => openAllReactions(app, entry, near),
    },
    icon("plus"),
  );
  return h("div", { class: "quick-reactions" }, ...buttons, more);
}

/** @param {App} app @param {Entry} entry @param {Element | {x: number, y: number}} near */
function openAllReactions(app, entry, near) {
  pickEmoji(near, (emoji) => toggle(app, entry, emoji));
}

/** @param {App} app @param {Entry} entry @param {string} written an emoji */
function toggle({ store }, entry, written) {
  const emoji = normalizedEmoji(written);
  const now = store.conversations.get(entry.conversation)?.log.find(entry.seq)?.entry ?? entry;
  const mine = now.reactions?.find((reaction) => reaction.emoji === emoji)?.mine ?? false;
  toastOnError(store.react(entry.conversation, entry.seq, emoji, mine));
}
