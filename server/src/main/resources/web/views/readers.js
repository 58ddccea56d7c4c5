/** @import { App } from "../app.js" */
/** @import { Entry } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { openDialog } from "./dialog.js";
import { fill, h } from "./dom.js";
import { nameOf } from "./names.js";
import { problem } from "./problems.js";

/**
 * Who has read a message of a group, and who has not.
 * @param {App} app
 * @param {Entry} entry
 */
export async function openReaders({ store }, entry) {
  const body = h("div", { class: "readers", testid: "readers" }, h("span", { class: "spinner" }));
  openDialog({ title: t("message.read_by"), content: [body] });
  try {
    const readers = await store.readBy(entry.conversation, entry.seq);
    const members = await store.members(entry.conversation);
    const others = members.map(({ user }) => user).filter((user) => user !== store.me && !readers.includes(user));
    const person = (/** @type {string} */ user) =>
      h(
        "li",
        { class: "person" },
        avatar(user, nameOf(store, user), { size: "small" }),
        h("span", { dir: "auto" }, nameOf(store, user)),
      );
    const part = (/** @type {string} */ title, /** @type {string[]} */ users) =>
      users.length > 0 && h("section", {}, h("h3", {}, title), h("ul", { class: "people" }, ...users.map(person)));
    fill(
      body,
      part(t("readers.read", { n: readers.length }), readers),
      part(t("readers.unread", { n: others.length }), others),
    );
  } catch (error) {
    fill(body, h("p", { class: "form-error" }, problem(error)));
  }
}
