/** @import { App } from "../app.js" */
/** @import { User } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { field, form, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { InputError } from "./error-text.js";
import { directPartners, findUser } from "./user-picker.js";
import { toastOnError } from "./toast.js";

/**
 * The dialog that starts a direct conversation by username.
 * @param {App} app
 * @param {string} [initial] a username that was typed elsewhere
 */
export function openNewChat(app, initial = "") {
  const username = field(
    t("auth.username"),
    {
      testid: "new-chat-username",
      required: true,
      value: initial,
      autocapitalize: "none",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "@",
    },
    t("new_chat.hint"),
  );
  const submit = async () => {
    const user = await findUser(app, username.input.value);
    if (user.id === app.store.me) throw new InputError(t("new_chat.yourself"));
    await start(user);
  };
  /** @param {User} user */
  const start = async (user) => {
    const conversation = await app.store.openDirect(user.id);
    dialog.close();
    app.router.go({ conversation: conversation.id });
  };
  /** @param {User} user */
  const row = (user) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "user-row", onclick: () => toastOnError(start(user)) },
        avatar(user.id, user.displayName, { size: "small" }),
        h("span", { class: "user-name", dir: "auto" }, user.displayName),
        h("span", { class: "hint" }, `@${user.username ?? ""}`),
      ),
    );
  const known = directPartners(app);
  const dialog = openDialog({
    title: t("new_chat.title"),
    content: [
      form({ content: [username.element], action: t("new_chat.start"), submit, testid: "new-chat-submit" }),
      known.length > 0 && h("h3", {}, t("new_chat.known")),
      h("ul", { class: "user-list choose" }, ...known.slice(0, 50).map(row)),
    ],
  });
  username.input.focus();
}
