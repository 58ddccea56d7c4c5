/** @import { Store } from "../../../store/store.js" */
/** @import { ShareStatus } from "../client/position-board.js" */
/** @import { SharePosition } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { fill, h, icon } from "../../../views/dom.js";
import { nameOf } from "../../../views/names.js";
import { hasPin } from "../client/position-board.js";

/**
 * The marker of a user who shares: the avatar, with an arrow for the heading. Where the position is only an area, it is
 * the name without a pin.
 * @param {Store} store
 * @param {SharePosition} position
 */
export function sharerMark(store, { user, share }) {
  const arrow = h("span", { class: "location-heading", "aria-hidden": "true" }, icon("location-heading"));
  const face = h("span", { class: "location-face" });
  const label = h("span", { class: "location-label", dir: "auto" });
  const badge = h("span", { class: "location-badge", "aria-hidden": "true" }, icon("location-pause"));
  const element = h(
    "button",
    { type: "button", class: "location-sharer", testid: "location-sharer", data: { user, share } },
    arrow,
    face,
    badge,
    label,
  );
  let drawn = "";
  return {
    element,
    /** @param {SharePosition} position @param {ShareStatus} status @param {string} text what it says of itself */
    update(position, status, text) {
      const name = user === store.me ? t("location.you") : nameOf(store, user);
      const { heading } = position;
      const moves = heading !== undefined && status === "live";
      Object.assign(element.dataset, { status, pin: String(hasPin(position)) });
      arrow.hidden = !moves;
      if (moves) arrow.style.rotate = `${heading}deg`;
      element.setAttribute("aria-label", `${name}: ${text}`);
      if (drawn === name) return;
      drawn = name;
      fill(face, avatar(user, nameOf(store, user), { size: "small" }));
      fill(label, name);
    },
  };
}
