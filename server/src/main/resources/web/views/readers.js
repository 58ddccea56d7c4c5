/** @import { App } from "../app.js" */
/** @import { Entry } from "../client/types.js" */
/** @import { Store } from "../store/store.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { openDialog } from "./dialog.js";
import { fill, h } from "./dom.js";
import { nameOf } from "./names.js";
import { errorText } from "./error-text.js";

/**
 * The members who have read a message of a group, and those who have not, kept up to date.
 * @param {App} app
 * @param {Entry} entry
 */
export async function openReaders({ store }, entry) {
  const { conversation: id, seq } = entry;
  const body = h("div", { class: "readers", testid: "readers" }, h("span", { class: "spinner" }));
  let stop = () => {};
  openDialog({ title: t("message.read_by"), content: [body], onclose: () => stop() });
  try {
    await store.readBy(id, seq);
    const members = (await store.members(id)).map(({ user }) => user).filter((user) => user !== store.me);
    if (!body.isConnected) return;
    const draw = () => {
      const has = (/** @type {string} */ user) => (store.conversations.get(id)?.reads.get(user) ?? 0) >= seq;
      const readers = members.filter(has);
      const others = members.filter((user) => !has(user));
      fill(
        body,
        part(store, t("readers.read", { n: readers.length }), readers),
        part(store, t("readers.unread", { n: others.length }), others),
      );
    };
    stop = store.on("conversation", (which) => which === id && draw());
    draw();
  } catch (error) {
    fill(body, h("p", { class: "form-error" }, errorText(error)));
  }
}

/** @param {Store} store @param {string} title @param {string[]} users */
function part(store, title, users) {
  const row = (/** @type {string} */ user) =>
    h(
      "li",
      { class: "user-row" },
      avatar(user, nameOf(store, user), { size: "small" }),
      h("span", { dir: "auto" }, nameOf(store, user)),
    );
  return users.length > 0 && h("section", {}, h("h3", {}, title), h("ul", { class: "user-list" }, ...users.map(row)));
}
