/** @import { App } from "../../../app.js" */
import { t } from "../../../i18n/i18n.js";
import { clock } from "../../../text/time.js";
import { avatar } from "../../../views/avatar.js";
import { openDialog } from "../../../views/dialog.js";
import { h, Rows } from "../../../views/dom.js";
import { nameOf, titleOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";
import { countdownText } from "../location-texts.js";
import { locationsOf } from "../locations.js";

/**
 * The running shares of the user, from all devices.
 * @param {App} app
 */
export function openOwnShares(app) {
  const { store } = app;
  const locations = locationsOf(store);
  const { nearby } = locations;
  const list = h("ul", { class: "user-list location-own-shares" });
  const rows = new Rows(list);
  const none = h("p", { class: "location-empty", testid: "shares-none" }, t("location.none"));
  const stopAll = h(
    "button",
    { type: "button", class: "button danger wide", testid: "shares-stop-all", onclick: () => stopEverything() },
    t("location.stop_all"),
  );
  const stopEverything = async () => {
    stopAll.disabled = true;
    const hide = nearby.until ? nearby.disable() : undefined;
    await toastOnError(Promise.all([locations.stopAll(), hide]));
    stopAll.disabled = false;
    update();
  };

  /**
   * @param {string} key
   * @param {string} title
   * @param {string} until
   * @param {HTMLElement} picture
   * @param {() => Promise<unknown>} end
   */
  const row = (key, title, until, picture, end) => ({
    key,
    deps: [title, countdownText(until)],
    make: () =>
      h(
        "li",
        { class: "user-row", testid: "own-share", data: { share: key } },
        picture,
        h(
          "span",
          { class: "location-person-words" },
          h("span", { class: "user-name", dir: "auto" }, title),
          h("span", { class: "hint" }, t("location.until_left", { time: clock(until), left: countdownText(until) })),
        ),
        h(
          "button",
          {
            type: "button",
            class: "button small",
            "aria-label": t("location.stop_for", { who: title }),
            testid: "own-share-stop",
            onclick: () => toastOnError(end()),
          },
          t("location.stop_short"),
        ),
      ),
  });
  const update = () => {
    const shares = locations.own.map(({ share, conversation, expiresAt }) => {
      const open = store.conversations.get(conversation);
      const title = open ? titleOf(store, open) : t("location.unknown_conversation");
      const picture = avatar(open?.peer ?? conversation, title, { group: open?.isGroup, size: "small" });
      return row(share, title, expiresAt, picture, () => locations.stop(share));
    });
    const { until } = nearby;
    const me = store.me;
    if (until) {
      shares.push(
        row("nearby", t("nearby.title"), until, avatar(me, nameOf(store, me), { size: "small" }), () =>
          nearby.disable(),
        ),
      );
    }
    rows.show(shares);
    list.hidden = shares.length === 0;
    none.hidden = shares.length > 0;
    stopAll.hidden = shares.length === 0;
  };
  const timer = setInterval(update, 1_000);
  const stops = [locations.on("changed", update), nearby.on("changed", update), store.on("list", update)];
  const dialog = openDialog({
    title: t("location.shares"),
    class: "narrow location-shares-page",
    testid: "own-shares",
    content: [h("p", { class: "dialog-text" }, t("location.shares_about")), list, none, stopAll],
    onclose: () => {
      clearInterval(timer);
      for (const off of stops) off();
    },
  });
  update();
  toastOnError(locations.refresh());
  return dialog;
}
