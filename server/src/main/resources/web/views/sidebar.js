/** @import { App } from "../app.js" */
/** @import { Conversation } from "../store/conversation.js" */
import { t } from "../i18n/i18n.js";
import { shortTime, full } from "../text/time.js";
import { avatar } from "./avatar.js";
import { fill, h, icon, iconButton, Rows } from "./dom.js";
import { onKeyDown } from "./keys.js";
import { liveText } from "./live-text.js";
import { openMenu } from "./menu.js";
import { previewText } from "./entry-text.js";
import { nameOf, titleOf } from "./names.js";
import { openNewChat } from "./new-chat.js";
import { openNewGroup } from "./new-group.js";
import { deferWhilePressed } from "./deferred-update.js";
import { waitingEntry } from "./timeline-rows.js";

/**
 * The list of conversations, with search.
 * @param {App} app
 */
export function sidebarView(app) {
  const { store, router, client } = app;
  const list = h("ul", { class: "conversations", "aria-label": t("list.title") });
  const empty = h("div", { class: "list-empty" });
  const search = h("input", {
    class: "search-input",
    type: "search",
    placeholder: t("list.search"),
    "aria-label": t("list.search"),
    testid: "search",
    autocomplete: "off",
    dir: "auto",
  });
  const rows = new Rows(list);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typingTimer;
  /** The name whose avatar is on the button. @type {string | null} */
  let pictured = null;

  const scroll = h("div", { class: "sidebar-scroll" }, list, empty);
  const update = deferWhilePressed(scroll, () => {
    const query = search.value.trim().toLocaleLowerCase();
    const all = store.list();
    const found = query ? all.filter((conversation) => matches(conversation, query)) : all;
    for (const { button, available } of features) button.hidden = !available();
    const name = client.user?.displayName ?? "";
    if (name !== pictured) fill(me, avatar(client.user?.id ?? "", name, { size: "small" }));
    pictured = name;
    rows.show(found.map((conversation) => row(app, conversation)));
    const typing = all.some((conversation) => conversation.typists().length > 0);
    clearTimeout(typingTimer);
    if (typing) typingTimer = setTimeout(update, 1_000);
    fill(empty, ...emptiness(found.length, query));
  });
  /** @param {Conversation} conversation @param {string} query */
  const matches = (conversation, query) => {
    const username = conversation.peer && store.users.get(conversation.peer)?.username;
    return [titleOf(store, conversation), username].some((text) => text?.toLocaleLowerCase().includes(query));
  };
  /** @param {number} found @param {string} query */
  const emptiness = (found, query) => {
    if (found > 0) return [];
    if (query) {
      const start = h(
        "button",
        { type: "button", class: "button", onclick: () => openNewChat(app, search.value.trim()) },
        t("list.find_user"),
      );
      return [h("p", {}, t("list.no_match")), start];
    }
    if (!store.loaded) return [h("div", { class: "skeleton-rows", role: "img", "aria-label": t("loading") })];
    const start = h(
      "button",
      { type: "button", class: "button primary", onclick: () => openNewChat(app) },
      t("new_chat.title"),
    );
    return [h("p", {}, t("list.empty")), start];
  };
  const newMenu = () =>
    openMenu(
      [
        { label: t("new_chat.title"), icon: "user-row", testid: "new-chat", choose: () => openNewChat(app) },
        { label: t("new_group.title"), icon: "group", testid: "new-group", choose: () => openNewGroup(app) },
      ],
      compose,
    );
  const compose = iconButton("compose", t("list.new"), {
    testid: "new-menu",
    onclick: newMenu,
    "aria-haspopup": "menu",
  });
  const features = store.features.sidebarItems.map(({ icon: symbol, label, testid, route }) => ({
    button: iconButton(symbol, t(label), { testid, onclick: () => router.go({ route }) }),
    available: () => store.features.route(route)?.available?.(app) ?? true,
  }));
  const settings = { "aria-label": t("settings.title"), title: t("settings.title"), testid: "settings-open" };
  const me = h("button", { type: "button", class: "me", ...settings, onclick: () => router.go({ route: "settings" }) });
  const brand = h(
    "p",
    { class: "sidebar-title" },
    "Hongyan",
    h("span", { class: "brand-han", lang: "zh-Hans", "aria-hidden": "true" }, "鸿雁"),
  );
  const element = h(
    "nav",
    { class: "pane sidebar", "aria-label": t("list.title"), testid: "sidebar" },
    h("header", { class: "sidebar-head" }, me, brand, ...features.map(({ button }) => button), compose),
    h("div", { class: "search" }, icon("search"), search),
    scroll,
  );

  search.addEventListener("input", update);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const links = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("a")]);
    const at = links.indexOf(/** @type {any} */ (document.activeElement));
    const inSearch = document.activeElement === search;
    if (event.key === "ArrowDown") links[inSearch ? 0 : Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? links[at - 1] : search).focus();
    else if (event.key === "Enter" && inSearch) links[0]?.click();
    else if (event.key === "Escape" && inSearch && search.value) clear();
    else return;
    event.preventDefault();
  };
  onKeyDown(element, onKey);
  const clear = () => {
    search.value = "";
    update();
  };
  const stops = [
    store.on("list", update),
    store.on("typing", update),
    router.on("changed", () => {
      if (search.value) clear();
      else update();
    }),
  ];
  update();
  return {
    element,
    search() {
      search.focus();
      search.select();
    },
    stop() {
      clearTimeout(typingTimer);
      for (const stop of stops) stop();
    },
  };
}

/**
 * @param {App} app
 * @param {Conversation} conversation
 * @returns {import("./dom.js").Row}
 */
function row(app, conversation) {
  const { store, router, client } = app;
  const { id, peer, unread, last } = conversation;
  const title = titleOf(store, conversation);
  const selected = router.place.conversation === id;
  const online = Boolean(peer && store.users.presence(peer)?.online);
  const preview = previewOf(app, conversation, selected);
  const at = conversation.time;
  const waiting = [...(client.outbox?.of(id) ?? []), ...(client.outbox?.editsOf(id) ?? [])];
  const mark = waiting.some(({ state }) => state === "failed")
    ? "alert"
    : waiting.some(({ state }) => state === "queued")
      ? "clock"
      : null;
  const marks = store.features.listMarks(app, id);
  const make = () => {
    const head = h(
      "span",
      { class: "row-head" },
      h("span", { class: "row-title", dir: "auto", testid: "conversation-title" }, title),
      liveText(
        h("time", { class: "row-time", datetime: at }),
        () => (at ? shortTime(at) : ""),
        last && (() => full(last.at)),
      ),
    );
    const foot = h(
      "span",
      { class: "row-foot" },
      mark && icon(mark, t(mark === "alert" ? "message.failed" : "message.queued"), mark === "alert" ? "failed" : ""),
      h(
        "span",
        { class: "row-preview", dir: "auto", testid: preview.typing ? "typing" : "preview" },
        preview.tag && h("span", { class: preview.typing ? "typing-tag" : "tag" }, preview.tag),
        preview.text,
      ),
      ...marks.map(({ icon: name, label }) => icon(name, t(label), "list-mark")),
      unread > 0 &&
        h(
          "span",
          { class: "badge", testid: "unread-badge", "aria-label": t("list.unread", { n: unread }) },
          unread > 99 ? "99+" : unread,
        ),
    );
    const link = h(
      "a",
      {
        class: "row",
        href: `#c/${encodeURIComponent(id)}`,
        "aria-current": selected ? "true" : undefined,
        testid: `conversation-${id}`,
        data: { title, unread },
      },
      avatar(peer ?? id, title, { group: conversation.isGroup, online }),
      h("span", { class: "row-text" }, head, foot),
    );
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      router.go({ conversation: id });
    });
    return h("li", {}, link);
  };
  const marked = marks.map(({ icon: name, label }) => `${name} ${label}`).join();
  return { key: id, deps: [title, selected, online, preview.tag, preview.text, at, unread, mark, marked], make };
}

/**
 * @param {App} app
 * @param {Conversation} conversation
 * @param {boolean} selected
 * @returns {{tag: string, text: string, typing?: boolean}}
 */
function previewOf({ store, client }, conversation, selected) {
  const typists = conversation.typists();
  if (typists.length) {
    const who = nameOf(store, typists[0]);
    return { tag: conversation.isGroup ? t("typing.one", { who }) : t("typing.direct"), text: "", typing: true };
  }
  const draft = selected ? "" : store.drafts.get(conversation.id).text;
  if (draft) return { tag: t("list.draft"), text: ` ${draft.replace(/\s+/g, " ")}` };
  const mention = conversation.mentioned ? `${t("list.mentioned")} ` : "";
  const waiting = client.outbox?.of(conversation.id).at(-1);
  if (waiting) return { tag: mention, text: previewText(store, waitingEntry(waiting, store.me)) };
  const { last } = conversation;
  if (!last) return { tag: "", text: "" };
  const line = previewText(store, last);
  const named =
    conversation.isGroup && store.features.namesSender(last.kind) && !last.recalled && last.sender !== store.me;
  return { tag: mention, text: named ? `${nameOf(store, last.sender)}: ${line}` : line };
}
