/** @import { Locations } from "../locations.js" */
/** @import { MapView } from "./map.js" */
import { t } from "../../../i18n/i18n.js";
import { h, iconButton } from "../../../views/dom.js";
import { toast } from "../../../views/toast.js";
import { problemText } from "../location-texts.js";

const OWN = "own";
/** Close enough to walk there. */
export const CLOSE_ZOOM = 15;

/**
 * Marks where the user is, if that is known.
 * @param {Locations} locations
 * @param {MapView} map
 */
export function markOwn(locations, map) {
  const { last } = locations.positions;
  if (!last) return;
  const element = h("span", { class: "location-own", role: "img", "aria-label": t("location.own_position") });
  map.mark(OWN, { point: last, accuracy: last.accuracy, element, tone: "own" });
}

/**
 * The button that measures where the user is.
 * @param {Locations} locations
 * @param {(fix: import("../types.js").Fix) => void} found
 */
export function ownButton(locations, found) {
  const onclick = async () => {
    button.setAttribute("aria-busy", "true");
    const fix = await locations.positions.measure().catch((problem) => {
      if (button.isConnected) toast(problemText(problem));
    });
    button.removeAttribute("aria-busy");
    // The map may have been closed meanwhile.
    if (fix && button.isConnected) found(fix);
  };
  const button = iconButton("location-own", t("location.own_show"), { testid: "location-own-position", onclick });
  return button;
}

/**
 * Whether the user has allowed this page to use positions, so that asking for one opens no question.
 * @returns {Promise<boolean>}
 */
export async function positionsAllowed() {
  try {
    const { state } = await navigator.permissions.query({ name: "geolocation" });
    return state === "granted";
  } catch {
    return false;
  }
}
