/** @import { App } from "../../../app.js" */
/** @import { Call } from "../client/call.js" */
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { openDialog } from "../../../views/dialog.js";
import { fill, h } from "../../../views/dom.js";
import { errorText } from "../../../views/error-text.js";
import { nameOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";

/** How many users one request may ring. */
const MAX_RUNG = 8;

/**
 * Rings members of the group who are not in the call.
 * @param {App} app
 * @param {Call} call
 */
export async function openInvite(app, call) {
  const { store } = app;
  const members = await toastOnError(store.members(call.conversation));
  if (!members) return;
  const present = new Set(
    call.participants
      .filter(({ state }) => ["joined", "reconnecting", "ringing"].includes(state))
      .map(({ user }) => user),
  );
  const absent = members.map(({ user }) => user).filter((user) => user !== store.me && !present.has(user));
  /** @type {Set<string>} */
  const chosen = new Set();
  const error = h("p", { class: "form-error", role: "alert" });
  const ring = h(
    "button",
    { type: "button", class: "button primary wide", disabled: true, testid: "call-invite-submit" },
    t("call.ring"),
  );
  ring.addEventListener("click", async () => {
    ring.disabled = true;
    fill(error);
    try {
      await call.ring([...chosen]);
      dialog.close();
    } catch (thrown) {
      fill(error, errorText(thrown));
      ring.disabled = false;
    }
  });
  const options = absent.map((user) => {
    const name = nameOf(store, user);
    const option = h(
      "button",
      { type: "button", class: "user-row", role: "checkbox", "aria-checked": "false", data: { user } },
      avatar(user, name, { size: "small" }),
      h("span", { class: "user-name", dir: "auto" }, name),
      h("span", { class: "checkmark", "aria-hidden": "true" }),
    );
    option.addEventListener("click", () => {
      if (!chosen.delete(user) && chosen.size < MAX_RUNG) chosen.add(user);
      option.setAttribute("aria-checked", String(chosen.has(user)));
      ring.disabled = chosen.size === 0;
    });
    return h("li", {}, option);
  });
  const content =
    options.length > 0
      ? [h("ul", { class: "user-list choose call-invite-list" }, ...options), error, ring]
      : [h("p", { class: "dialog-text" }, t("call.invite_none"))];
  const dialog = openDialog({ title: t("call.invite"), class: "narrow", content, testid: "call-invite-dialog" });
}
