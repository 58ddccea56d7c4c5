/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { ago } from "../text/time.js";
import { avatar } from "./avatar.js";
import { composerView } from "./composer.js";
import { h, iconButton, Rows } from "./dom.js";
import { nameOf, titleOf } from "./names.js";
import { patchContent } from "./patch.js";
import { deferWhilePressed } from "./deferred-update.js";
import { timelineView } from "./timeline.js";
import { toastOnError } from "./toast.js";

/**
 * One conversation: its title, what features show there, the timeline and the composer.
 * @param {App} app
 * @param {string} id
 */
export function chatView(app, id) {
  const { store, router } = app;
  const title = h("h2", { class: "chat-title", dir: "auto", testid: "chat-title" });
  const status = h("p", { class: "chat-status" });
  const picture = h("span", { class: "chat-avatar" });
  const who = h(
    "button",
    { type: "button", class: "chat-who", onclick: () => router.go({ conversation: id, details: true }) },
    picture,
    h("span", { class: "chat-names" }, title, status),
  );
  const actions = h("div", { class: "chat-actions" });
  const actionRows = new Rows(actions);
  const bars = h("div", { class: "chat-bars", testid: "chat-bars" });
  const barRows = new Rows(bars);
  const head = h(
    "header",
    { class: "chat-head" },
    iconButton("back", t("action.back"), { class: "only-phone", testid: "chat-back", onclick: () => router.back() }),
    who,
    actions,
    iconButton("info", t("details.title"), { testid: "details-open", onclick: toggle }),
  );
  function toggle() {
    if (router.place.details) router.back({ conversation: id });
    else router.go({ conversation: id, details: true });
  }
  const composer = composerView(app, id);
  const timeline = timelineView(app, id, composer);
  const unknown = h(
    "div",
    { class: "chat-unknown", testid: "chat-unknown" },
    h("p", {}, t("chat.unknown_hint")),
    h("button", { type: "button", class: "button", onclick: () => router.go() }, t("chat.unknown_back")),
  );
  const closed = h("p", { class: "chat-left", testid: "chat-closed" });
  const element = h(
    "section",
    { class: "chat", testid: "chat", data: { conversation: id } },
    head,
    unknown,
    bars,
    timeline.element,
    composer.element,
    closed,
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const update = deferWhilePressed(head, () => {
    const conversation = store.conversations.get(id);
    const known = Boolean(conversation?.info);
    const gone = conversation?.state === "left";
    const deleted = Boolean(conversation?.peer && store.users.get(conversation.peer)?.deleted);
    closed.hidden = !gone && !deleted;
    closed.textContent = closed.hidden ? "" : t(gone ? "chat.left" : "chat.peer_deleted");
    composer.element.hidden = gone || deleted || !known;
    // Before the first sync, the page does not know whether the conversation exists.
    const isUnknown = !known && store.loaded;
    unknown.hidden = !isUnknown;
    timeline.element.hidden = isUnknown;
    keepFocus(actions, () => actionRows.show(composer.element.hidden ? [] : actionsOf()));
    clearTimeout(timer);
    if (!conversation?.info) {
      patchContent(title, isUnknown ? t("chat.unknown") : "");
      return;
    }
    const name = titleOf(store, conversation);
    const presence = conversation.peer ? store.users.presence(conversation.peer) : undefined;
    patchContent(title, name);
    patchContent(
      picture,
      avatar(conversation.peer ?? id, name, { group: conversation.isGroup, online: presence?.online }),
    );
    const typists = conversation.typists();
    patchContent(
      status,
      typists.length ? typing(typists, conversation.isGroup) : h("span", { testid: "chat-status" }, statusText()),
    );
    // Typing ends without an event, and "last seen" changes with time.
    timer = setTimeout(update, typists.length ? 1_000 : 30_000);
  });
  const updateBars = deferWhilePressed(bars, () => {
    keepFocus(bars, () => barRows.show(composer.element.hidden ? [] : store.features.chatBars(app, id)));
  });
  const actionsOf = () =>
    store.features.chatActions(app, id).map(({ label, icon, testid, choose }) => ({
      key: testid,
      deps: [],
      make: () =>
        iconButton(icon, t(label), { testid, onclick: () => toastOnError(Promise.resolve(choose(app, id))) }),
    }));
  /**
   * Changes a part of the page. If the focused element disappears, the header gets the focus, so that keyboard users
   * need not start at the top of the page again.
   * @param {HTMLElement} part
   * @param {() => void} change
   */
  const keepFocus = (part, change) => {
    const within = part.contains(document.activeElement);
    change();
    if (within && !part.contains(document.activeElement)) who.focus({ preventScroll: true });
  };
  /** @param {string[]} typists @param {boolean} group */
  const typing = (typists, group) => {
    const who = nameOf(store, typists[0]);
    const text = !group
      ? t("typing.direct")
      : typists.length === 1
        ? t("typing.one", { who })
        : t("typing.many", { n: typists.length });
    const dots = h("span", { class: "typing-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    return h("span", { class: "typing", testid: "typing" }, text, dots);
  };
  const statusText = () => {
    const conversation = store.conversations.get(id);
    if (!conversation?.info) return "";
    if (conversation.isGroup && conversation.info.memberCount === undefined) return "";
    if (conversation.isGroup) return t("group.members", { n: conversation.info.memberCount ?? 0 });
    const presence = conversation.peer ? store.users.presence(conversation.peer) : undefined;
    if (presence?.online) return t("presence.online");
    if (presence?.lastSeen) return t("presence.last_seen", { when: ago(presence.lastSeen) });
    const username = conversation.peer && store.users.get(conversation.peer)?.username;
    return username ? `@${username}` : "";
  };
  const updateAll = () => {
    update();
    updateBars();
  };
  const stops = [
    store.on("list", updateAll),
    store.on("conversation", updateAll),
    store.on("typing", (changed) => changed === id && update()),
  ];
  updateAll();
  return {
    element,
    stop() {
      clearTimeout(timer);
      for (const stop of stops) stop();
      timeline.stop();
      composer.stop();
    },
  };
}
