/** @import { App } from "../app.js" */
/** @import { Mention } from "../text/mentions.js" */
import { t } from "../i18n/i18n.js";
import { avatar } from "./avatar.js";
import { fill, h } from "./dom.js";
import { nameOf } from "./names.js";

const MAX_SHOWN = 8;

/**
 * Suggests members of a group while the user types "@…".
 * @param {App} app
 * @param {string} id
 * @param {HTMLTextAreaElement} text
 * @param {(mention: Mention) => void} onchosen called when the text includes the mention, after its `input` event
 */
export function mentionsView({ store }, id, text, onchosen) {
  const element = h("ul", {
    class: "mentions",
    role: "listbox",
    id: "mentions",
    "aria-label": t("composer.mention"),
    hidden: true,
  });
  /** @type {string[]} the suggested users */
  let found = [];
  let chosen = 0;
  let latest = 0;

  const update = async () => {
    const query = queryAtCaret(text);
    const run = ++latest;
    if (query === null || !store.conversations.get(id)?.isGroup) return close();
    const members = await store.members(id).catch(() => []);
    if (run !== latest) return;
    found = members
      .map(({ user }) => user)
      .filter((user) => user !== store.me && matches(user, query))
      .slice(0, MAX_SHOWN);
    chosen = 0;
    draw();
  };
  /** @param {string} user @param {string} query */
  const matches = (user, query) => {
    const username = store.users.get(user)?.username ?? "";
    return [nameOf(store, user), username].some((name) => name.toLocaleLowerCase().includes(query.toLocaleLowerCase()));
  };
  const draw = () => {
    element.hidden = found.length === 0;
    const options = found.map((user, i) =>
      h(
        "li",
        {
          role: "option",
          id: `mention-${i}`,
          "aria-selected": String(i === chosen),
          class: "mention-option",
          testid: "mention-option",
          data: { user },
          onmousedown: (/** @type {Event} */ e) => e.preventDefault(),
          onclick: () => choose(user),
        },
        avatar(user, nameOf(store, user), { size: "small" }),
        h("span", { dir: "auto" }, nameOf(store, user)),
        h("span", { class: "hint" }, `@${store.users.get(user)?.username ?? ""}`),
      ),
    );
    fill(element, ...options);
    if (found.length) {
      text.setAttribute("aria-controls", "mentions");
      text.setAttribute("aria-activedescendant", `mention-${chosen}`);
      options[chosen].scrollIntoView({ block: "nearest" });
    } else {
      text.removeAttribute("aria-activedescendant");
    }
  };
  const close = () => {
    found = [];
    draw();
  };
  /** @param {string} user */
  const choose = (user) => {
    const query = queryAtCaret(text) ?? "";
    const end = text.selectionStart;
    const at = end - query.length - 1;
    const mark = `@${nameOf(store, user)}`;
    text.setRangeText(`${mark} `, at, end, "end");
    close();
    text.dispatchEvent(new Event("input"));
    onchosen({ user, at, length: mark.length });
    text.focus();
  };
  text.addEventListener("blur", close);
  return {
    element,
    update,
    /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the list */
    onKey(event) {
      if (found.length === 0) return false;
      if (event.key === "ArrowDown") chosen = (chosen + 1) % found.length;
      else if (event.key === "ArrowUp") chosen = (chosen + found.length - 1) % found.length;
      else if (event.key === "Enter" || event.key === "Tab") choose(found[chosen]);
      else if (event.key === "Escape") close();
      else return false;
      event.preventDefault();
      if (found.length) draw();
      return true;
    },
  };
}

/**
 * The text between the last "@" and the caret, if it may begin a mention.
 * @param {HTMLTextAreaElement} text
 * @returns {string | null}
 */
function queryAtCaret(text) {
  const before = text.value.slice(0, text.selectionStart);
  // Chinese has no space before the "@"; an e-mail address has a letter or digit there.
  return /(?:^|[^A-Za-z0-9_.])@([^\s@]{0,32})$/u.exec(before)?.[1] ?? null;
}
