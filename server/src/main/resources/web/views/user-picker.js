/** @import { App } from "../app.js" */
/** @import { User } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { field } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { errorText, InputError } from "./error-text.js";
import { onKeyDown } from "./keys.js";

/**
 * Finds a user by the exact username.
 * @param {App} app
 * @param {string} username
 * @returns {Promise<User>}
 */
export async function findUser({ client, store }, username) {
  const plain = username.trim().replace(/^@/, "");
  const { users } = await client.http("GET", `users?username=${encodeURIComponent(plain)}`);
  if (users.length === 0) throw new InputError(t("new_chat.nobody", { username: plain }));
  store.users.add(users);
  return users[0];
}

/** The partners of direct conversations, newest first. @param {App} app @returns {User[]} */
export function directPartners({ store }) {
  return store.list().flatMap(({ peer }) => {
    const user = peer ? store.users.get(peer) : undefined;
    return user && !user.deleted ? [user] : [];
  });
}

/**
 * A choice of several users: partners of direct conversations from a list, others by username.
 * @param {App} app
 * @param {{except?: string[]}} [options]
 */
export function userPicker(app, { except = [] } = {}) {
  /** @type {Map<string, User>} */
  const chosen = new Map();
  const excluded = new Set([app.store.me, ...except]);
  const known = directPartners(app).filter(({ id }) => !excluded.has(id));
  const username = field(t("new_group.add_by_username"), {
    testid: "new-group-username",
    autocapitalize: "none",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "@",
  });
  const error = h("p", { class: "form-error", role: "alert" });
  const add = h(
    "button",
    { type: "button", class: "button", testid: "new-group-add", onclick: () => addByName() },
    t("action.add"),
  );
  const list = h("ul", { class: "user-list choose" });

  const draw = () => {
    const rest = known.filter(({ id }) => !chosen.has(id));
    const added = [...chosen.values()].filter(({ id }) => !known.some((user) => user.id === id));
    fill(list, ...[...added, ...known.filter(({ id }) => chosen.has(id)), ...rest].map(row));
  };
  /** @param {User} user */
  const row = (user) => {
    const on = chosen.has(user.id);
    const toggle = () => {
      if (on) chosen.delete(user.id);
      else chosen.set(user.id, user);
      draw();
      /** @type {HTMLElement | null} */ (list.querySelector(`[data-user="${user.id}"]`))?.focus();
    };
    const button = h(
      "button",
      {
        type: "button",
        class: "user-row",
        role: "checkbox",
        "aria-checked": String(on),
        testid: "new-group-user",
        data: { user: user.id },
        onclick: toggle,
      },
      avatar(user.id, user.displayName, { size: "small" }),
      h("span", { class: "user-name", dir: "auto" }, user.displayName),
      h("span", { class: "hint" }, `@${user.username ?? ""}`),
      h("span", { class: "checkmark" }, on && icon("check")),
    );
    return h("li", {}, button);
  };
  const addByName = async () => {
    if (!username.input.value.trim()) return;
    fill(error);
    try {
      const user = await findUser(app, username.input.value);
      if (excluded.has(user.id)) throw new InputError(t("new_group.already"));
      chosen.set(user.id, user);
      username.input.value = "";
      draw();
    } catch (thrown) {
      fill(error, errorText(thrown));
    }
  };
  onKeyDown(username.input, (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    addByName();
  });
  draw();
  const element = h("div", { class: "picker" }, h("div", { class: "picker-add" }, username.element, add), error, list);
  return {
    element,
    /** The chosen users, including one whose name is typed but not yet added. */
    async users() {
      if (username.input.value.trim()) await addByName();
      if (error.textContent) throw new InputError(error.textContent);
      return [...chosen.keys()];
    },
  };
}
