/** @import { App } from "../../../app.js" */
/** @import { SharePosition } from "../types.js" */
/** @import { ShownShare } from "./sharer-marks.js" */
import { ScreenLock } from "../../../client/screen-lock.js";
import { serverClock } from "../../../client/server-clock.js";
import { t } from "../../../i18n/i18n.js";
import { clock } from "../../../text/time.js";
import { avatar } from "../../../views/avatar.js";
import { openDialog } from "../../../views/dialog.js";
import { h, iconButton, Rows } from "../../../views/dom.js";
import { nameOf, titleOf } from "../../../views/names.js";
import { statusOf } from "../client/position-board.js";
import { accuracyText, awayText, statusText } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { announcer } from "./announcer.js";
import { mapSlot } from "./map-slot.js";
import { ownBar } from "./own-bar.js";
import { SharerMarks } from "./sharer-marks.js";

/** The ages and the countdown are drawn again this often. */
const TICK_MS = 1_000;

/**
 * The map of everyone who shares their location in a conversation, with a list of them.
 * @param {App} app
 * @param {string} conversation
 */
export function openShares(app, conversation) {
  const { store } = app;
  const locations = locationsOf(store);
  const { board, stop } = locations.watch(conversation);
  // A dark screen would pause the share.
  const lock = new ScreenLock();
  const list = h("ul", { class: "location-people", "aria-label": t("location.people") });
  const rows = new Rows(list);
  const empty = h("p", { class: "location-empty", hidden: true }, t("location.no_one"));
  const announced = announcer(store);
  const own = ownBar(app, conversation);
  /** @type {SharerMarks | null} */
  let marks = null;
  /** Whether all earlier shares have arrived. Only later ones are announced. */
  let complete = false;

  const update = () => {
    board.expire(serverClock.now());
    // One's own first, because that is the one to stop.
    const all = board.all.sort((a, b) => Number(b.user === store.me) - Number(a.user === store.me));
    const shown = all.map((position) => describe(app, position));
    rows.show(shown.map((one) => row(app, one, (share) => marks?.follow(share))));
    empty.hidden = all.length > 0 || !board.received;
    marks?.draw(shown);
    own.update(all);
    announced.update(all, !complete);
    complete ||= board.received;
  };

  const slot = mapSlot(locations, { label: t("location.live_map") }, (map) => {
    marks = new SharerMarks(store, map);
    const all = { testid: "location-show-all", onclick: () => marks?.fit() };
    map.addTool(iconButton("location-all", t("location.show_all"), all));
    update();
  });
  const timer = setInterval(update, TICK_MS);
  const stops = [
    locations.on("positions", (changed) => {
      if (changed === conversation) update();
    }),
    locations.on("changed", update),
    locations.positions.on("fix", update),
    store.users.on("changed", update),
  ];
  const open = store.conversations.get(conversation);
  const side = { class: "location-side", "aria-label": t("location.people") };
  const dialog = openDialog({
    title: open ? t("location.live_in", { title: titleOf(store, open) }) : t("location.live"),
    class: "location-dialog location-shares",
    testid: "location-shares",
    content: [slot.element, h("section", side, list, empty, announced.element), own.element],
    onclose: () => {
      clearInterval(timer);
      for (const off of stops) off();
      stop();
      lock.close();
      slot.close();
    },
  });
  update();
  return dialog;
}

/** @param {App} app @param {SharePosition} position @returns {ShownShare} */
function describe({ store }, position) {
  const { user, latitude, longitude, accuracy } = position;
  const status = statusOf(position, serverClock.now());
  const { last } = locationsOf(store).positions;
  const point = latitude !== undefined && longitude !== undefined ? { latitude, longitude } : undefined;
  const details = [
    accuracy !== undefined && accuracyText(accuracy),
    point && last && user !== store.me && awayText(last, point),
  ];
  return { position, status, point, text: statusText(position, status), detail: details.filter(Boolean).join(" · ") };
}

/** @param {App} app @param {ShownShare} shown @param {(share: string) => void} follow */
function row({ store }, { position, status, point, text, detail }, follow) {
  const { user, share, expiresAt } = position;
  const full = nameOf(store, user);
  const name = user === store.me ? t("location.you") : full;
  const until = expiresAt ? t("location.until", { time: clock(expiresAt) }) : "";
  const make = () => {
    const button = {
      type: "button",
      class: "user-row location-person",
      testid: "location-person",
      data: { user, status },
      disabled: !point,
      onclick: () => follow(share),
    };
    const head = h(
      "span",
      { class: "location-person-head" },
      h("span", { class: "user-name", dir: "auto" }, name),
      h("span", { class: "hint location-person-until" }, until),
    );
    const words = h(
      "span",
      { class: "location-person-words" },
      head,
      h("span", { class: "hint location-person-status" }, text),
      detail && h("span", { class: "hint location-person-detail" }, detail),
    );
    return h("li", {}, h("button", button, avatar(user, full, { size: "small" }), words));
  };
  return { key: share, deps: [name, text, detail, status, until, Boolean(point)], make };
}
