/** @import { App } from "../app.js" */
/** @import { Member } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { confirm } from "./dialog.js";
import { h, iconButton, Rows } from "./dom.js";
import { openMenu } from "./menu.js";
import { nameOf } from "./names.js";
import { deferWhilePressed } from "./deferred-update.js";
import { toastOnError } from "./toast.js";

const ORDER = { owner: 0, admin: 1, member: 2 };
/** A longer list is shown in parts. */
const SHOWN = 60;

/**
 * The members of a group, with the actions on each.
 * @param {App} app
 * @param {string} id
 */
export function membersView(app, id) {
  const { store } = app;
  const list = h("ul", { class: "user-list members", "aria-label": t("group.members_title") });
  const more = h(
    "button",
    { type: "button", class: "link", hidden: true, onclick: () => showAll() },
    t("action.show_all"),
  );
  const element = h("section", { class: "members-section" }, h("h3", {}, t("group.members_title")), list, more);
  const rows = new Rows(list);
  /** @type {Member[]} */
  let members = [];
  let shown = SHOWN;

  const update = async () => {
    if (!store.conversations.get(id)?.isGroup) return;
    members = await store.members(id).catch(() => members);
    store.alsoWatchPresenceOf(members.map(({ user }) => user));
    draw();
  };
  const showAll = () => {
    shown = Infinity;
    draw();
  };
  const draw = deferWhilePressed(list, () => {
    const sorted = [...members].sort(
      (a, b) => ORDER[a.role] - ORDER[b.role] || nameOf(store, a.user).localeCompare(nameOf(store, b.user)),
    );
    rows.show(sorted.slice(0, shown).map((member) => memberRow(app, id, member)));
    more.hidden = sorted.length <= shown;
  });
  return { element, update, draw };
}

/** @param {App} app @param {string} id @param {Member} member @returns {import("./dom.js").Row} */
function memberRow(app, id, member) {
  const { store } = app;
  const { user, role } = member;
  const name = nameOf(store, user);
  const online = store.users.presence(user)?.online ?? false;
  const items = menuItems(app, id, member);
  return {
    key: user,
    deps: [name, role, online, items.map(({ testid }) => testid).join()],
    make: () => memberElement(app, member, { name, online, items }),
  };
}

/**
 * @param {App} app
 * @param {Member} member
 * @param {{name: string, online: boolean, items: import("./menu.js").MenuItem[]}} shown
 */
function memberElement({ store, router }, { user, role }, { name, online, items }) {
  const chat = async () => {
    const conversation = await toastOnError(store.openDirect(user));
    if (conversation) router.go({ conversation: conversation.id });
  };
  const menu = iconButton("more", t("action.more"), {
    testid: "member-menu",
    "aria-haspopup": "menu",
    onclick: (/** @type {Event} */ event) => openMenu(items, /** @type {Element} */ (event.currentTarget)),
  });
  return h(
    "li",
    { class: "user-row", testid: "member", data: { user, role } },
    h(
      "button",
      {
        type: "button",
        class: "user-row-open",
        disabled: user === store.me,
        onclick: chat,
        title: user === store.me ? undefined : t("new_chat.start"),
      },
      avatar(user, name, { size: "small", online }),
      h(
        "span",
        { class: "user-name", dir: "auto" },
        name,
        user === store.me && h("span", { class: "hint" }, ` (${t("you")})`),
      ),
    ),
    role !== "member" && h("span", { class: `role ${role}` }, t(role === "owner" ? "role.owner" : "role.admin")),
    items.length > 0 && menu,
  );
}

/** @param {App} app @param {string} id @param {Member} member @returns {import("./menu.js").MenuItem[]} */
function menuItems({ client, store }, id, { user, role }) {
  const conversation = store.conversations.get(id);
  const mine = conversation?.state === "member" ? conversation.info?.role : undefined;
  if (user === store.me || (mine !== "owner" && mine !== "admin")) return [];
  const name = nameOf(store, user);
  const become = (/** @type {string} */ next) =>
    toastOnError(client.changeGroup("group.role", { conversation: id, user, role: next }));
  const handOver = async () => {
    const question = {
      title: t("group.hand_over"),
      text: t("group.hand_over_question", { name }),
      action: t("group.hand_over"),
    };
    if (await confirm({ ...question, danger: false })) await become("owner");
  };
  const remove = async () => {
    const question = {
      title: t("group.remove"),
      text: t("group.remove_question", { name }),
      action: t("group.remove"),
    };
    if (await confirm(question))
      await toastOnError(client.changeGroup("group.remove", { conversation: id, users: [user] }));
  };
  const owner = mine === "owner";
  return [
    ...(owner && role === "member"
      ? [{ label: t("group.make_admin"), icon: "user-row", testid: "member-admin", choose: () => become("admin") }]
      : []),
    ...(owner && role === "admin"
      ? [{ label: t("group.make_member"), icon: "user-row", testid: "member-plain", choose: () => become("member") }]
      : []),
    ...(owner ? [{ label: t("group.hand_over"), icon: "group", testid: "member-owner", choose: handOver }] : []),
    ...(owner || role === "member"
      ? [{ label: t("group.remove"), icon: "trash", danger: true, testid: "member-remove", choose: remove }]
      : []),
  ];
}
