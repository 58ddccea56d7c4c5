/** @import { App } from "../app.js" */
/** @import { User } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { field } from "./dialog.js";
import { fill, h, icon } from "./dom.js";
import { errorText } from "./error-text.js";

/**
 * Looks somebody up by the exact username.
 * @param {App} app
 * @param {string} username
 * @returns {Promise<User>}
 */
export async function findUser({ client, store }, username) {
  const plain = username.trim().replace(/^@/, "");
  const { users } = await client.http("GET", `users?username=${encodeURIComponent(plain)}`);
  if (users.length === 0) throw new Error(t("new_chat.nobody", { username: plain }));
  store.users.learn(users);
  return users[0];
}

/** Those one writes with directly, newest first. @param {App} app @returns {User[]} */
export function acquaintances({ store }) {
  return store.list().flatMap(({ peer }) => {
    const user = peer ? store.users.get(peer) : undefined;
    return user && !user.deleted ? [user] : [];
  });
}

/**
 * Chooses several people: acquaintances by a press, others by their username.
 * @param {App} app
 * @param {{except?: string[]}} [options]
 */
export function userPicker(app, { except = [] } = {}) {
  /** @type {Map<string, User>} */
  const chosen = new Map();
  const outside = new Set([app.store.me, ...except]);
  const known = acquaintances(app).filter(({ id }) => !outside.has(id));
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
  const list = h("ul", { class: "people choose" });

  const draw = () => {
    const rest = known.filter(({ id }) => !chosen.has(id));
    const added = [...chosen.values()].filter(({ id }) => !known.some((user) => user.id === id));
    fill(list, ...[...added, ...known.filter(({ id }) => chosen.has(id)), ...rest].map(person));
  };
  /** @param {User} user */
  const person = (user) => {
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
        class: "person",
        role: "checkbox",
        "aria-checked": String(on),
        testid: "new-group-user",
        data: { user: user.id },
        onclick: toggle,
      },
      avatar(user.id, user.displayName, { size: "small" }),
      h("span", { class: "person-name", dir: "auto" }, user.displayName),
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
      if (outside.has(user.id)) throw new Error(t("new_group.already"));
      chosen.set(user.id, user);
      username.input.value = "";
      draw();
    } catch (thrown) {
      fill(error, errorText(thrown));
    }
  };
  username.input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    addByName();
  });
  draw();
  const element = h("div", { class: "picker" }, h("div", { class: "picker-add" }, username.element, add), error, list);
  return {
    element,
    /** Those chosen; whoever is typed and not yet added is added first. */
    async users() {
      if (username.input.value.trim()) await addByName();
      if (error.textContent) throw new Error(error.textContent);
      return [...chosen.keys()];
    },
  };
}
