/** @import { App } from "../app.js" */
/** @import { Conversation } from "../store/conversation.js" */
import { t } from "../i18n/i18n.js";
import { ago } from "../text/time.js";
import { avatar } from "./avatar.js";
import { confirm, field, form, openDialog } from "./dialog.js";
import { fill, h, icon, iconButton, Rows } from "./dom.js";
import { liveText } from "./live-text.js";
import { membersView } from "./members.js";
import { nameOf, titleOf } from "./names.js";
import { asPiece } from "./patch.js";
import { profileActions } from "./profile-actions.js";
import { userPicker } from "./user-picker.js";
import { deferWhilePressed } from "./deferred-update.js";
import { toastOnError } from "./toast.js";

/**
 * The profile of the other user, or the members of a group, and the actions on them.
 * @param {App} app
 * @param {string} id
 */
export function detailsView(app, id) {
  const { store, router } = app;
  const body = h("div", { class: "details-body" });
  const close = iconButton("close", t("action.close"), {
    testid: "details-close",
    onclick: () => router.back({ conversation: id }),
  });
  const element = h(
    "div",
    { class: "details", testid: "details" },
    h("header", { class: "details-head" }, h("h2", {}, t("details.title")), close),
    body,
  );
  const members = membersView(app, id);
  const rows = new Rows(body);

  const update = deferWhilePressed(body, () => {
    const conversation = store.conversations.get(id);
    if (!conversation?.info) return;
    const parts = conversation.isGroup ? group(app, conversation, members.element) : otherUser(app, conversation);
    rows.show(asRows(parts));
  });
  const stops = [
    store.on("conversation", (which) => {
      if (which !== id) return;
      update();
      members.update();
    }),
    store.users.on("changed", () => {
      if (!store.conversations.get(id)?.isGroup) update();
      members.draw();
    }),
  ];
  update();
  members.update();
  return {
    element,
    stop() {
      for (const stop of stops) stop();
      store.alsoWatchPresenceOf([]);
    },
  };
}

/**
 * Parts with the same class are identified by their order.
 * @param {(HTMLElement | false)[]} parts
 * @returns {import("./dom.js").Row[]}
 */
function asRows(parts) {
  const shown = parts.filter((part) => part instanceof HTMLElement);
  return shown.map((part, i) => {
    const earlier = shown.slice(0, i).filter(({ className }) => className === part.className).length;
    return { key: `${part.className} ${earlier}`, deps: [part], make: () => part };
  });
}

/** @param {App} app @param {Conversation} conversation @returns {(HTMLElement | false)[]} */
function otherUser(app, { peer = "", id }) {
  const { store } = app;
  const name = nameOf(store, peer);
  const user = store.users.get(peer);
  const presence = store.users.presence(peer);
  const seen = () => {
    if (presence?.online) return t("presence.online");
    return presence?.lastSeen ? t("presence.last_seen", { when: ago(presence.lastSeen) }) : "";
  };
  return [
    h(
      "div",
      { class: "details-who" },
      avatar(peer, name, { size: "large", online: presence?.online }),
      h("h3", { dir: "auto" }, name),
      h("p", { class: "hint" }, user?.username ? `@${user.username}` : ""),
      liveText(h("p", { class: "hint" }), seen),
    ),
    ...profileActions(app, peer),
    app.client.supports("block.add") && blockButton(app, peer, name, id),
  ];
}

/** @type {Map<string, boolean>} whether users are blocked, as far as loaded */
const blocked = new Map();

/** @param {App} app @param {string} user @param {string} name @param {string} id */
function blockButton(app, user, name, id) {
  const { client, store } = app;
  const label = h("span", {});
  const button = h(
    "button",
    { type: "button", class: "action danger", testid: "block", onclick: () => toastOnError(toggle()) },
    icon("block"),
    label,
  );
  const draw = () => {
    fill(label, blocked.get(user) ? t("details.unblock") : t("details.block"));
    button.setAttribute("aria-pressed", String(blocked.get(user) ?? false));
  };
  const toggle = async () => {
    const now = blocked.get(user) ?? false;
    if (
      !now &&
      !(await confirm({
        title: t("details.block"),
        text: t("details.block_question", { name }),
        action: t("details.block"),
      }))
    )
      return;
    await client.request(now ? "block.remove" : "block.add", { user });
    blocked.set(user, !now);
    draw();
    store.refresh(id);
  };
  const load = async () => {
    const { users = [] } = await client.request("block.list", {});
    blocked.set(
      user,
      users.some((/** @type {any} */ entry) => (entry.id ?? entry) === user),
    );
    draw();
  };
  draw();
  if (!blocked.has(user)) load().catch(() => {});
  return asPiece(h("div", { class: "details-actions" }, button), [user, name]);
}

/**
 * @param {App} app
 * @param {Conversation} conversation
 * @param {HTMLElement} members
 * @returns {(HTMLElement | false)[]}
 */
function group(app, conversation, members) {
  const { store } = app;
  const { id, info, canManage, state } = conversation;
  const title = titleOf(store, conversation);
  return [
    h(
      "div",
      { class: "details-who" },
      avatar(id, title, { group: true, size: "large" }),
      h(
        "h3",
        { dir: "auto" },
        title,
        canManage &&
          iconButton("edit", t("group.rename"), { testid: "rename-group", onclick: () => rename(app, conversation) }),
      ),
      info?.memberCount !== undefined && h("p", { class: "hint" }, t("group.members", { n: info.memberCount })),
    ),
    canManage && app.client.supports("group.history") && historySwitch(app, conversation),
    state === "member" &&
      h(
        "div",
        { class: "details-actions" },
        h(
          "button",
          { type: "button", class: "action", testid: "add-members", onclick: () => add(app, conversation) },
          icon("plus"),
          t("group.add"),
        ),
      ),
    members,
    state === "member" &&
      h(
        "div",
        { class: "details-actions" },
        h(
          "button",
          { type: "button", class: "action danger", testid: "leave-group", onclick: () => leave(app, conversation) },
          icon("leave"),
          t("group.leave"),
        ),
      ),
  ];
}

/** @param {App} app @param {Conversation} conversation */
function historySwitch({ client }, { id, info }) {
  const open = info?.openHistory ?? false;
  const change = () => toastOnError(client.changeGroup("group.history", { conversation: id, open: !open }));
  return h(
    "button",
    {
      type: "button",
      class: "switch-row",
      role: "switch",
      "aria-checked": String(open),
      testid: "open-history",
      onclick: change,
    },
    h("span", {}, h("strong", {}, t("group.open_history")), h("span", { class: "hint" }, t("group.open_history_hint"))),
    h("span", { class: "switch" }),
  );
}

/** @param {App} app @param {Conversation} conversation */
function rename({ client, store }, conversation) {
  const title = field(t("group.title"), {
    value: titleOf(store, conversation),
    required: true,
    maxlength: 64,
    dir: "auto",
    testid: "rename-input",
  });
  const submit = async () => {
    await client.changeGroup("group.rename", { conversation: conversation.id, title: title.input.value.trim() });
    dialog.close();
  };
  const content = [form({ content: [title.element], action: t("action.save"), submit, testid: "rename-submit" })];
  const dialog = openDialog({ title: t("group.rename"), class: "narrow", content });
  title.input.select();
}

/** @param {App} app @param {Conversation} conversation */
async function add(app, { id }) {
  const members = await toastOnError(app.store.members(id));
  if (!members) return;
  const picker = userPicker(app, { except: members.map(({ user }) => user) });
  const submit = async () => {
    const users = await picker.users();
    if (users.length) await app.client.changeGroup("group.add", { conversation: id, users });
    dialog.close();
  };
  const content = [form({ content: [picker.element], action: t("group.add"), submit, testid: "add-members-submit" })];
  const dialog = openDialog({ title: t("group.add"), content });
}

/** @param {App} app @param {Conversation} conversation */
async function leave({ client, store }, conversation) {
  const title = titleOf(store, conversation);
  if (
    !(await confirm({ title: t("group.leave"), text: t("group.leave_question", { title }), action: t("group.leave") }))
  )
    return;
  await toastOnError(client.changeGroup("group.leave", { conversation: conversation.id }));
}
