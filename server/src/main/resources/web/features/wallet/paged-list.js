/** @import { App } from "../../app.js" */
import { t } from "../../i18n/i18n.js";
import { shortTime, clock, full } from "../../text/time.js";
import { fill, h, Rows } from "../../views/dom.js";
import { errorText } from "../../views/error-text.js";
import { liveText } from "../../views/live-text.js";
import { walletOf } from "./wallet.js";

/**
 * A list of money that is loaded page by page.
 * @template T
 * @param {object} options
 * @param {App} options.app
 * @param {string} options.label
 * @param {string} options.empty shown when the list is empty
 * @param {(cursor?: string) => Promise<{items: T[], cursor?: string}>} options.load
 * @param {(item: T) => string} options.key
 * @param {(item: T) => string} options.who the name that its row shows
 * @param {(item: T) => HTMLElement} options.row
 */
export function pagedList({ app, label, empty, load, key, who, row }) {
  const { store } = app;
  const wallet = walletOf(store);
  /** @type {T[]} */
  let items = [];
  /** @type {string | undefined} */
  let cursor;
  let loading = false;
  /** Whether something changed while a page was loading. */
  let stale = false;
  const list = h("ul", { class: "postings", "aria-label": label });
  const foot = h("div", { class: "postings-foot" });
  const rows = new Rows(list);
  const draw = () => {
    const { currency } = wallet;
    rows.show(
      items.map((item) => ({
        key: key(item),
        deps: [JSON.stringify(item), who(item), currency],
        make: () => row(item),
      })),
    );
  };

  /** @param {string} [from] a cursor; absent: the newest page */
  const read = async (from) => {
    loading = true;
    if (from || items.length === 0)
      fill(foot, h("span", { class: "spinner", role: "img", "aria-label": t("loading") }));
    try {
      const page = await load(from);
      if (from === undefined) {
        const fresh = new Set(page.items.map(key));
        const joins = items.some((item) => fresh.has(key(item)));
        // The earlier pages stay below, unless there is a gap in between.
        items = joins ? [...page.items, ...items.filter((item) => !fresh.has(key(item)))] : page.items;
        if (!joins) cursor = page.cursor;
      } else {
        const known = new Set(items.map(key));
        items = [...items, ...page.items.filter((item) => !known.has(key(item)))];
        cursor = page.cursor;
      }
      draw();
      footer();
    } catch (error) {
      fill(
        foot,
        h("p", { class: "form-error", role: "alert" }, errorText(error)),
        button(t("action.retry"), () => read(from)),
      );
    } finally {
      loading = false;
      if (stale) newest();
    }
  };
  const footer = () => {
    if (items.length === 0) fill(foot, h("p", { class: "hint", testid: "list-empty" }, empty));
    else if (cursor)
      fill(
        foot,
        button(t("action.more"), () => read(cursor)),
      );
    else fill(foot);
  };
  /** @param {string} text @param {() => void} onclick */
  const button = (text, onclick) =>
    h("button", { type: "button", class: "button small", testid: "load-more", onclick }, text);
  /** Loads the newest page again. */
  const newest = () => {
    stale = loading;
    if (!loading) read();
  };
  const stops = [store.users.on("changed", draw), wallet.on("changed", draw)];
  const stop = () => stops.forEach((end) => end());
  read();
  return { element: h("div", {}, list, foot), newest, stop };
}

/** A time as in a list: today only the clock. @param {string} at */
export function timeView(at) {
  const text = () => {
    const [day, time] = [shortTime(at), clock(at)];
    return day === time ? time : `${day} ${time}`;
  };
  return liveText(h("time", { class: "hint", datetime: at }), text, () => full(at));
}
