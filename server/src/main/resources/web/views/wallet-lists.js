/** @import { App } from "../app.js" */
/** @import { HistoryItem, Posting, Transfer } from "../client/types.js" */
import { t } from "../i18n/i18n.js";
import { amountText, moneyText, signedText } from "../text/money.js";
import { brief, clock, full } from "../text/time.js";
import { avatar } from "./avatar.js";
import { choice } from "./choice.js";
import { fill, h, icon, iconButton, Rows } from "./dom.js";
import { openEnvelope } from "./envelope.js";
import { envelopeName, nameOf } from "./names.js";
import { problem } from "./problems.js";
import { sumView } from "./sum.js";
import { openTransfer, transferState } from "./transfer.js";

/** Where the years of the history begin. */
const FIRST_YEAR = 2020;

/**
 * Everything that came in and went out, newest first.
 * @param {App} app
 */
export function statementView(app) {
  const { store } = app;
  const list = pagedList({
    app,
    label: t("wallet.statement"),
    empty: t("wallet.nothing"),
    load: async (cursor) => {
      const { postings, cursor: next } = await store.wallet.statement(cursor);
      return { items: postings, cursor: next };
    },
    key: (posting) => posting.posting,
    who: (posting) => whose(app, posting),
    row: (posting) => postingRow(app, posting),
  });
  const changed = store.wallet.on("changed", list.newest);
  return { element: list.element, stop: () => (changed(), list.stop()) };
}

/** The other person, or else the group. @param {App} app @param {Posting} posting */
function whose({ store }, { peer, conversation = "" }) {
  return peer ? nameOf(store, peer) : (store.conversations.get(conversation)?.info?.title ?? "");
}

/** @param {App} app @param {Posting} item */
function postingRow(app, item) {
  const { posting, kind, amount, at, balance } = item;
  const { currency } = app.store.wallet;
  const who = whose(app, item);
  const [symbol, name] = postingKind(kind, amount);
  return h(
    "li",
    { class: "posting", testid: "posting", data: { posting, kind, fen: amount } },
    h("span", { class: `posting-icon ${amount > 0 ? "in" : "out"}`, "aria-hidden": "true" }, icon(symbol)),
    h(
      "span",
      { class: "posting-text" },
      h("span", { class: "posting-name", dir: "auto" }, name, who && h("bdi", { class: "posting-who" }, ` · ${who}`)),
      when(at),
    ),
    h(
      "span",
      { class: "posting-sum" },
      h("span", { class: amount > 0 ? "posting-amount in" : "posting-amount" }, signedText(amount)),
      balance !== undefined && h("span", { class: "hint" }, moneyText(balance, currency)),
    ),
  );
}

/** @param {string} kind @param {number} amount @returns {[string, string]} symbol and name */
function postingKind(kind, amount) {
  switch (kind) {
    case "topup":
      return ["top-up", t("posting.topup")];
    case "transfer":
    case "transfer_accept":
      return ["transfer", t(amount < 0 ? "posting.transfer_out" : "posting.transfer_in")];
    case "transfer_return":
      return ["recall", t("posting.transfer_return")];
    case "envelope":
      return ["envelope", t("posting.envelope")];
    case "envelope_claim":
      return ["envelope", t("posting.envelope_claim")];
    case "envelope_refund":
      return ["recall", t("posting.envelope_refund")];
    default:
      return ["wallet", t("posting.other")];
  }
}

/**
 * The transfers of both directions; those that wait can be accepted from here.
 * @param {App} app
 */
export function transfersView(app) {
  const { store } = app;
  const list = pagedList({
    app,
    label: t("wallet.transfers"),
    empty: t("wallet.no_transfers"),
    load: async (cursor) => {
      const { transfers, cursor: next } = await store.wallet.transfers(cursor);
      return { items: transfers, cursor: next };
    },
    key: (transfer) => transfer.transfer,
    who: ({ from, to }) => nameOf(store, from === store.me ? to : from),
    row: (transfer) => transferRow(app, transfer, () => list.newest()),
  });
  const changed = store.wallet.on("changed", list.newest);
  return { element: list.element, stop: () => (changed(), list.stop()) };
}

/** @param {App} app @param {Transfer} transfer @param {() => void} settled */
function transferRow(app, transfer, settled) {
  const { store } = app;
  const { from, to, amount, state, at } = transfer;
  const own = from === store.me;
  const other = own ? to : from;
  const name = nameOf(store, other);
  const waits = state === "pending" && !own;
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: "posting",
        testid: "transfer-row",
        data: { transfer: transfer.transfer, state, fen: amount },
        onclick: () => openTransfer(app, transfer, settled),
      },
      avatar(other, name, { size: "small" }),
      h(
        "span",
        { class: "posting-text" },
        h("span", { class: "posting-name", dir: "auto" }, t(own ? "transfer.to" : "transfer.from", { who: name })),
        when(at),
      ),
      h(
        "span",
        { class: "posting-sum" },
        h("span", { class: own ? "posting-amount" : "posting-amount in" }, signedText(own ? -amount : amount)),
        h("span", { class: waits ? "posting-waits" : "hint" }, transferState(state, own)),
      ),
    ),
  );
}

/**
 * The red envelopes of a year, sent or received.
 * @param {App} app
 */
export function historyView(app) {
  const { store } = app;
  const now = new Date().getFullYear();
  let year = now;
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
  const before = iconButton("back", t("history.year_before"), { testid: "history-before", onclick: () => step(-1) });
  const after = iconButton("back", t("history.year_after"), {
    class: "forward",
    testid: "history-after",
    onclick: () => step(1),
  });
  const show = () => {
    list?.stop();
    before.disabled = year <= FIRST_YEAR;
    after.disabled = year >= now;
    fill(label, String(year));
    fill(sums);
    const [ofYear, way] = [year, direction];
    list = pagedList({
      app,
      label: t("wallet.envelopes"),
      empty: t("history.none"),
      load: async (cursor) => {
        const answer = await store.envelopes.history(ofYear, way, cursor);
        if (ofYear === year && way === direction) fill(sums, ...sumsOf(app, answer.total, way));
        return { items: answer.envelopes, cursor: answer.cursor };
      },
      key: (item) => item.envelope,
      who: (item) => nameOf(store, item.sender),
      row: (item) => historyRow(app, item, way),
    });
    fill(body, list.element);
  };
  const ways = choice(
    "history",
    [
      ["received", t("history.received")],
      ["sent", t("history.sent")],
    ],
    direction,
    (code) => {
      direction = /** @type {"sent" | "received"} */ (code);
      show();
    },
  );
  ways.setAttribute("aria-label", t("history.direction"));
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

/** @param {App} app @param {{count: number, amount: number, best?: number}} total @param {"sent" | "received"} direction */
function sumsOf({ store }, { count, amount, best = 0 }, direction) {
  return [
    h("p", { class: "history-amount" }, ...sumView(amount, store.wallet.currency)),
    h("p", { class: "hint" }, t(direction === "sent" ? "history.count_sent" : "history.count_received", { n: count })),
    direction === "received" && best > 0 && h("p", { class: "best" }, icon("crown"), t("history.best", { n: best })),
  ];
}

/** @param {App} app @param {HistoryItem} item @param {"sent" | "received"} direction */
function historyRow(app, item, direction) {
  const { store } = app;
  const { envelope, conversation, kind, sender, greeting, amount, at, count, taken, best } = item;
  const name = nameOf(store, sender);
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
        onclick: () => openEnvelope(app, { envelope, conversation, sender, kind, greeting }),
      },
      direction === "sent"
        ? h("span", { class: "posting-icon seal", "aria-hidden": "true" }, icon("goose"))
        : avatar(sender, name, { size: "small" }),
      h(
        "span",
        { class: "posting-text" },
        h("span", { class: "posting-name", dir: "auto" }, direction === "sent" ? greeting : name),
        h(
          "span",
          { class: "hint" },
          `${envelopeName(kind)} · `,
          h("time", { datetime: at, title: full(at) }, `${brief(at)}`),
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

/** @param {string} at */
function when(at) {
  const day = brief(at);
  const time = clock(at);
  return h("time", { class: "hint", datetime: at, title: full(at) }, day === time ? time : `${day} ${time}`);
}

/**
 * A list that is read page by page.
 * @template T
 * @param {object} options
 * @param {App} options.app
 * @param {string} options.label
 * @param {string} options.empty what is said when there is nothing
 * @param {(cursor?: string) => Promise<{items: T[], cursor?: string}>} options.load
 * @param {(item: T) => string} options.key
 * @param {(item: T) => string} options.who the name that its row shows
 * @param {(item: T) => HTMLElement} options.row
 */
function pagedList({ app, label, empty, load, key, who, row }) {
  const { store } = app;
  /** @type {T[]} */
  let items = [];
  /** @type {string | undefined} */
  let cursor;
  let loading = false;
  /** Something changed while a page was on its way. */
  let stale = false;
  const list = h("ul", { class: "postings", "aria-label": label });
  const foot = h("div", { class: "postings-foot" });
  const rows = new Rows(list);
  const draw = () => {
    const { currency } = store.wallet;
    rows.show(
      items.map((item) => ({
        key: key(item),
        deps: [JSON.stringify(item), who(item), currency],
        make: () => row(item),
      })),
    );
  };

  /** @param {string} [from] nothing: the newest page */
  const read = async (from) => {
    loading = true;
    if (from || items.length === 0)
      fill(foot, h("span", { class: "spinner", role: "img", "aria-label": t("loading") }));
    try {
      const page = await load(from);
      if (from === undefined) {
        const fresh = new Set(page.items.map(key));
        const joins = items.some((item) => fresh.has(key(item)));
        // What was read before stays below, unless there is a gap in between.
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
        h("p", { class: "form-error", role: "alert" }, problem(error)),
        button(t("action.retry"), () => read(from)),
      );
    } finally {
      loading = false;
      if (stale) newest();
    }
  };
  const footer = () => {
    if (items.length === 0) fill(foot, h("p", { class: "hint", testid: "nothing" }, empty));
    else if (cursor)
      fill(
        foot,
        button(t("action.more"), () => read(cursor)),
      );
    else fill(foot);
  };
  /** @param {string} text @param {() => void} onclick */
  const button = (text, onclick) =>
    h("button", { type: "button", class: "button small", testid: "more", onclick }, text);
  /** Reads what is new. */
  const newest = () => {
    stale = loading;
    if (!loading) read();
  };
  const stops = [store.people.on("changed", draw), store.wallet.on("changed", draw)];
  const stop = () => stops.forEach((end) => end());
  read();
  return { element: h("div", {}, list, foot), newest, stop };
}
