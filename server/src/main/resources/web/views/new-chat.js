/** @import { App } from "../app.js" */
/** @import { User } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { field, form, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { acquaintances, findUser } from "./user-picker.js";
import { toastOnError } from "./toast.js";

/**
 * Starts a conversation with somebody, by username.
 * @param {App} app
 * @param {string} [wished] a username typed elsewhere
 */
export function openNewChat(app, wished = "") {
  const username = field(
    t("auth.username"),
    {
      testid: "new-chat-username",
      required: true,
      value: wished,
      autocapitalize: "none",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "@",
    },
    t("new_chat.hint"),
  );
  const submit = async () => {
    const user = await findUser(app, username.input.value);
    if (user.id === app.store.me) throw new Error(t("new_chat.yourself"));
    await start(user);
  };
  /** @param {User} user */
  const start = async (user) => {
    const conversation = await app.store.openDirect(user.id);
    dialog.close();
    app.router.go({ conversation: conversation.id });
  };
  /** @param {User} user */
  const person = (user) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "person", onclick: () => toastOnError(start(user)) },
        avatar(user.id, user.displayName, { size: "small" }),
        h("span", { class: "person-name", dir: "auto" }, user.displayName),
        h("span", { class: "hint" }, `@${user.username ?? ""}`),
      ),
    );
  const known = acquaintances(app);
  const dialog = openDialog({
    title: t("new_chat.title"),
    content: [
      form({ content: [username.element], action: t("new_chat.start"), submit, testid: "new-chat-submit" }),
      known.length > 0 && h("h3", {}, t("new_chat.known")),
      h("ul", { class: "people choose" }, ...known.slice(0, 50).map(person)),
    ],
  });
  username.input.focus();
}
