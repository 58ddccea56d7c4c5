/** @import { App } from "../../../app.js" */
/** @import { SharePosition } from "../types.js" */
/** @import { MapView } from "./map.js" */
import { serverClock } from "../../../client/server-clock.js";
import { t } from "../../../i18n/i18n.js";
import { clock } from "../../../text/time.js";
import { avatar } from "../../../views/avatar.js";
import { openDialog } from "../../../views/dialog.js";
import { fill, h, iconButton, Rows, setData } from "../../../views/dom.js";
import { nameOf, titleOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";
import { statusOf } from "../client/position-board.js";
import { ScreenLock } from "../client/screen-lock.js";
import { accuracyText, awayText, countdownText, problemText, statusText } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { mapSlot } from "./map-slot.js";
import { CLOSE_ZOOM } from "./own-mark.js";
import { openShareForm } from "./share-form.js";
import { sharerMark } from "./sharer-mark.js";

/**
 * The map of everyone who shares their location in a conversation.
 * @param {App} app
 * @param {string} conversation
 */
export function openShares(app, conversation) {
  const { store } = app;
  const locations = locationsOf(store);
  const { board, stop } = locations.watch(conversation);
  const lock = new ScreenLock();
  const list = h("ul", { class: "location-people", "aria-label": t("location.people") });
  const rows = new Rows(list);
  const empty = h("p", { class: "location-empty" });
  const own = h("div", { class: "location-own-bar" });
  const live = h("div", { class: "visually-hidden", "aria-live": "polite", testid: "location-live" });
  /** @type {MapView | null} */
  let map = null;
  /** @type {Map<string, ReturnType<typeof sharerMark>>} */
  const marks = new Map();
  /** @type {Map<string, string>} whom the list has shown, to announce who comes and goes */
  const shown = new Map();
  /** The user whom the map follows, until it is moved by hand. */
  let followed = "";
  /** Whether the map has shown all positions once. */
  let fitted = false;

  /** @param {SharePosition} position */
  const describe = (position) => {
    const { user, latitude, longitude, accuracy } = position;
    const status = statusOf(position, serverClock.now());
    const { last } = locations.positions;
    const point = latitude !== undefined && longitude !== undefined ? { latitude, longitude } : undefined;
    const away = point && last && user !== store.me ? awayText(last, point) : "";
    const text = statusText(position, status);
    const detail = [accuracy !== undefined && accuracyText(accuracy), away].filter(Boolean).join(" · ");
    return { status, point, text, detail };
  };

  const update = () => {
    board.expire(serverClock.now());
    // One's own first, because that is the one to stop.
    const all = board.all.sort((a, b) => Number(b.user === store.me) - Number(a.user === store.me));
    rows.show(all.map((position) => row(position)));
    empty.hidden = all.length > 0;
    fill(empty, t("location.no_one"));
    drawMarks(all);
    drawOwn(all);
    announce(all);
  };

  /** @param {SharePosition} position */
  const row = (position) => {
    const { user, share, expiresAt } = position;
    const { status, text, detail, point } = describe(position);
    const you = user === store.me;
    const name = you ? t("location.you") : nameOf(store, user);
    const until = expiresAt ? t("location.until", { time: clock(expiresAt) }) : "";
    const make = () =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "user-row location-person",
            testid: "location-person",
            data: { user, status },
            disabled: !point,
            onclick: () => follow(share),
          },
          avatar(user, nameOf(store, user), { size: "small" }),
          h(
            "span",
            { class: "location-person-words" },
            h(
              "span",
              { class: "location-person-head" },
              h("span", { class: "user-name", dir: "auto" }, name),
              h("span", { class: "hint location-person-until" }, until),
            ),
            h("span", { class: "hint location-person-status" }, text),
            detail && h("span", { class: "hint location-person-detail" }, detail),
          ),
        ),
      );
    return { key: share, deps: [name, text, detail, status, until, Boolean(point)], make };
  };

  /** @param {SharePosition[]} all */
  const drawMarks = (all) => {
    if (!map) return;
    for (const [share, mark] of marks) {
      if (all.some((position) => position.share === share)) continue;
      map.unmark(share);
      marks.delete(share);
      mark.element.remove();
    }
    for (const position of all) {
      const { share, accuracy } = position;
      const { status, point, text, detail } = describe(position);
      if (!point) continue;
      const mark = marks.get(share) ?? sharerMark(store, position);
      mark.update(position, status, [text, detail].filter(Boolean).join(", "));
      map.mark(share, { point, accuracy, element: mark.element, tone: status, onclick: () => follow(share) });
      marks.set(share, mark);
      if (followed === share) map.moveTo(point);
    }
    if (!fitted && marks.size > 0) {
      fitted = true;
      fitAll();
    } else declutter();
  };

  const declutter = () => {
    const crowded = map?.crowded();
    for (const [share, { element }] of marks) {
      setData(element, { crowded: crowded?.has(share), followed: followed === share });
    }
  };

  const points = () =>
    board.all.flatMap(({ latitude, longitude, accuracy }) =>
      latitude === undefined || longitude === undefined ? [] : [{ latitude, longitude, accuracy }],
    );
  const fitAll = () => {
    followed = "";
    map?.fit(points());
    declutter();
  };
  /** @param {string} share */
  const follow = (share) => {
    const position = board.all.find((one) => one.share === share);
    const point = position && describe(position).point;
    if (!map || !point) return;
    followed = share;
    if (map.map.getZoom() < CLOSE_ZOOM - 3) map.fit([{ ...point, accuracy: position.accuracy }]);
    else map.moveTo(point);
    declutter();
  };

  /** The state of the user's own share, drawn in place so that the button to stop keeps the focus. */
  const countdown = h("span", { class: "location-countdown", testid: "share-countdown", role: "timer" });
  const note = h("span", { class: "hint" });
  const stopButton = h(
    "button",
    { type: "button", class: "button danger", testid: "share-stop", onclick: () => stopOwn() },
    t("location.stop"),
  );
  const shareButton = h("button", {
    type: "button",
    class: "button primary",
    testid: "share-mine",
    onclick: () => shareMine(),
  });
  own.append(h("span", { class: "location-own-words" }, countdown, note), stopButton, shareButton);
  const stopOwn = async () => {
    const mine = locations.ownIn(conversation);
    if (!mine) return;
    stopButton.disabled = true;
    await toastOnError(locations.stop(mine.share));
    stopButton.disabled = false;
    update();
    if (document.activeElement === document.body) shareButton.focus();
  };
  const shareMine = () => {
    const until = latestEnd(board.all);
    return toastOnError(openShareForm(app, conversation, { until, started: update }));
  };
  /** @param {SharePosition[]} all */
  const drawOwn = (all) => {
    const mine = locations.ownIn(conversation);
    stopButton.hidden = !mine;
    shareButton.hidden = Boolean(mine);
    countdown.hidden = !mine;
    const others = all.some(({ user }) => user !== store.me);
    write(shareButton, others ? t("location.share_mine") : t("location.share"));
    if (mine) write(countdown, t("location.left", { time: countdownText(mine.expiresAt) }));
    const { problem } = locations.positions;
    write(
      note,
      !mine ? "" : !mine.here ? t("location.from_other") : problem ? problemText(problem) : t("location.keep_open"),
    );
    note.hidden = !mine;
  };

  /** @param {SharePosition[]} all */
  const announce = (all) => {
    for (const [share, name] of shown) {
      if (all.some((position) => position.share === share)) continue;
      shown.delete(share);
      say(t("location.said_ended", { who: name }));
    }
    for (const { share, user } of all) {
      if (shown.has(share)) continue;
      const name = nameOf(store, user);
      shown.set(share, name);
      if (fitted && user !== store.me) say(t("location.said_started", { who: name }));
    }
  };
  /** @param {string} text */
  const say = (text) => {
    live.append(h("p", {}, text));
    while (live.childElementCount > 5) live.firstChild?.remove();
  };

  const slot = mapSlot(locations, { label: t("location.live_map") }, (made) => {
    map = made;
    made.addTool(iconButton("location-all", t("location.show_all"), { testid: "location-show-all", onclick: fitAll }));
    made.map.on("dragstart", () => (followed = ""));
    made.map.on("zoomend", declutter);
    update();
  });
  const timer = setInterval(update, 1_000);
  const stops = [
    locations.on("positions", (changed) => changed === conversation && update()),
    locations.on("changed", update),
    locations.positions.on("fix", update),
    store.users.on("changed", update),
  ];
  const open = store.conversations.get(conversation);
  const dialog = openDialog({
    title: open ? t("location.live_in", { title: titleOf(store, open) }) : t("location.live"),
    class: "location-dialog location-shares",
    testid: "location-shares",
    content: [
      slot.element,
      h("section", { class: "location-side", "aria-label": t("location.people") }, list, empty, live),
      own,
    ],
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

/** @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The end of the longest share. @param {SharePosition[]} all */
function latestEnd(all) {
  return (
    all
      .map(({ expiresAt }) => expiresAt ?? "")
      .sort()
      .at(-1) || undefined
  );
}
