/** @import { App } from "../../app.js" */
/** @import { HistoryItem } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { lazy } from "../../lazy.js";
import { shortTime, full, thisYear } from "../../text/time.js";
import { avatar } from "../../views/avatar.js";
import { fill, h, icon, iconButton } from "../../views/dom.js";
import { liveText } from "../../views/live-text.js";
import { nameOf } from "../../views/names.js";
import { segmentedControl } from "../../views/segmented-control.js";
import { toastOnError } from "../../views/toast.js";
import { amountView } from "../wallet/amount-view.js";
import { amountText } from "../wallet/money.js";
import { pagedList } from "../wallet/paged-list.js";
import { walletOf } from "../wallet/wallet.js";
import { envelopeName } from "./envelope-name.js";
import { envelopesOf } from "./envelopes.js";

/** The first year that can be chosen. */
const FIRST_YEAR = 2020;

const page = lazy(() => import("./envelope-page.js"));

/**
 * The red envelopes of a year, sent or received.
 * @param {App} app
 */
export function historyView(app) {
  const { store } = app;
  let year = thisYear();
  /** @type {"sent" | "received"} */
  let direction = "received";
  const sums = h("div", { class: "history-sums", role: "status", testid: "history-sums" });
  const label = h("strong", { testid: "history-year" });
  const body = h("div", {});
  /** @type {ReturnType<typeof pagedList> | null} */
  let list = null;
  const step = (/** @type {number} */ by) => {
    year += by;
    show();
  };
  const before = iconButton("back", t("envelope.history_year_before"), {
    testid: "history-before",
    onclick: () => step(-1),
  });
  const after = iconButton("back", t("envelope.history_year_after"), {
    class: "forward",
    testid: "history-after",
    onclick: () => step(1),
  });
  const show = () => {
    list?.stop();
    before.disabled = year <= FIRST_YEAR;
    after.disabled = year >= thisYear();
    fill(label, String(year));
    fill(sums);
    const [ofYear, way] = [year, direction];
    list = pagedList({
      app,
      label: t("envelope.history"),
      empty: t("envelope.history_none"),
      load: async (cursor) => {
        const answer = await envelopesOf(store).history(ofYear, way, cursor);
        if (ofYear === year && way === direction) fill(sums, ...sumsOf(app, answer.total, way));
        return { items: answer.envelopes, cursor: answer.cursor };
      },
      key: (item) => item.envelope,
      who: (item) => nameOf(store, item.sender),
      row: (item) => historyRow(app, item, way),
    });
    fill(body, list.element);
  };
  const ways = segmentedControl(
    "history",
    [
      ["received", t("envelope.history_received")],
      ["sent", t("envelope.history_sent")],
    ],
    direction,
    (code) => {
      direction = /** @type {"sent" | "received"} */ (code);
      show();
    },
  );
  ways.setAttribute("aria-label", t("envelope.history_direction"));
  show();
  const element = h(
    "div",
    { class: "history" },
    h("div", { class: "history-head" }, h("div", { class: "history-years" }, before, label, after), ways),
    sums,
    body,
  );
  return { element, stop: () => list?.stop() };
}

/**
 * @param {App} app
 * @param {{count: number, amount: number, best?: number}} total
 * @param {"sent" | "received"} direction
 */
function sumsOf({ store }, { count, amount, best = 0 }, direction) {
  return [
    h("p", { class: "history-amount" }, ...amountView(amount, walletOf(store).currency)),
    h(
      "p",
      { class: "hint" },
      t(direction === "sent" ? "envelope.history_count_sent" : "envelope.history_count_received", { n: count }),
    ),
    direction === "received" &&
      best > 0 &&
      h("p", { class: "best" }, icon("crown"), t("envelope.history_best", { n: best })),
  ];
}

/** @param {App} app @param {HistoryItem} item @param {"sent" | "received"} direction */
function historyRow(app, item, direction) {
  const { store } = app;
  const { envelope, conversation, kind, sender, greeting, amount, at, count, taken, best } = item;
  const name = nameOf(store, sender);
  const open = async () => (await page()).openEnvelope(app, { envelope, conversation, sender, kind, greeting });
  const many = direction === "sent" && count !== undefined && taken !== undefined && count > 1;
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "posting",
        testid: "history-row",
        data: { envelope, fen: amount },
        onclick: () => toastOnError(open()),
      },
      direction === "sent"
        ? h("span", { class: "posting-icon posting-seal", "aria-hidden": "true" }, icon("goose"))
        : avatar(sender, name, { size: "small" }),
      h(
        "span",
        { class: "posting-text" },
        h("span", { class: "posting-name", dir: "auto" }, direction === "sent" ? greeting : name),
        h(
          "span",
          { class: "hint" },
          `${envelopeName(kind)} · `,
          liveText(
            h("time", { datetime: at }),
            () => shortTime(at),
            () => full(at),
          ),
        ),
      ),
      h(
        "span",
        { class: "posting-sum" },
        h("span", { class: "posting-amount" }, amountText(amount)),
        many && h("span", { class: "hint" }, t("envelope.taken", { n: taken, count })),
        best && h("span", { class: "best" }, icon("crown"), t("envelope.best")),
      ),
    ),
  );
}
