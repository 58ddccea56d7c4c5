/** @import { App } from "../../../app.js" */
import { t } from "../../../i18n/i18n.js";
import { lazy } from "../../../lazy.js";
import { h, icon } from "../../../views/dom.js";
import { liveText } from "../../../views/live-text.js";
import { toastOnError } from "../../../views/toast.js";
import { leftText } from "../location-texts.js";
import { locationsOf } from "../locations.js";

const view = lazy(() => import("./share-view.js"));

/**
 * The bar in a conversation while anyone shares: how many, the way to the map, and the end of one's own share.
 * @param {App} app
 * @param {string} conversation
 * @returns {import("../../../registry.js").BarContent | undefined}
 */
export function shareBar(app, conversation) {
  const locations = locationsOf(app.store);
  if (!locations.enabled) return undefined;
  const count = locations.count(conversation);
  if (count === 0) return undefined;
  const own = locations.ownIn(conversation);
  const open = async () => (await view()).openShares(app, conversation);
  const text = count === 1 && own ? t("location.bar_you") : t("location.bar", { n: count });
  const stop = () => own && toastOnError(locations.stop(own.share));
  const make = () =>
    h(
      "div",
      { class: "chat-bar location-bar", role: "status", testid: "location-bar", data: { count } },
      h("span", { class: "location-bar-sign", "aria-hidden": "true" }, icon("location-live")),
      h(
        "span",
        { class: "location-bar-words" },
        h("span", { class: "location-bar-text" }, text),
        own && liveText(h("span", { class: "hint" }), () => t("location.left", { time: leftText(own.expiresAt) })),
      ),
      own &&
        h(
          "button",
          { type: "button", class: "button small danger", testid: "location-bar-stop", onclick: stop },
          t("location.stop_short"),
        ),
      h(
        "button",
        {
          type: "button",
          class: "button small primary",
          testid: "location-bar-open",
          onclick: () => toastOnError(open()),
        },
        t("location.map"),
      ),
    );
  return { deps: [count, own?.share, own?.expiresAt], make };
}
