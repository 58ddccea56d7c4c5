/** @import { App } from "../../app.js" */
/** @import { EnvelopeCard } from "./envelope-page.js" */
/** @import { KnownEnvelope } from "./envelopes.js" */
/** @import { EnvelopeView, Opener } from "./types.js" */
import { t } from "../../i18n/i18n.js";
import { shortTime, clock, full, sameDay } from "../../text/time.js";
import { avatar } from "../../views/avatar.js";
import { fill, h, icon, Rows } from "../../views/dom.js";
import { nameOf } from "../../views/names.js";
import { liveText } from "../../views/live-text.js";
import { amountView } from "../wallet/amount-view.js";
import { amountText, durationText, moneyText } from "../wallet/money.js";
import { walletOf } from "../wallet/wallet.js";
import { envelopeName } from "./envelope-name.js";
import { envelopesOf } from "./envelopes.js";
import { progressBar } from "./progress-bar.js";
import { proofView } from "./proof-view.js";

/**
 * The outcome of a red envelope: what the user got, and who else opened it.
 * @param {App} app
 * @param {EnvelopeCard} card
 * @param {() => void} close
 */
export function envelopeResult(app, card, close) {
  const { store, router } = app;
  const picture = h("span", {});
  const who = h("h3", { class: "result-who", dir: "auto" });
  const outcome = h("div", { class: "result-outcome", role: "status", testid: "envelope-outcome" });
  const sum = h("p", { class: "result-sum", testid: "envelope-sum" });
  const bar = progressBar();
  const list = h("ul", { class: "user-list openers", "aria-label": t("envelope.openers") });
  const rows = new Rows(list);
  const proof = h("div", {});
  let proven = "";
  const toWallet = () => {
    close();
    router.go({ route: "wallet" });
  };
  const element = h(
    "div",
    { class: "envelope-result" },
    h("div", { class: "result-top", "aria-hidden": "true" }, h("span", { class: "envelope-seal" }, icon("goose"))),
    picture,
    who,
    h("p", { class: "result-greeting", dir: "auto", testid: "envelope-result-greeting" }, card.greeting),
    outcome,
    h("div", { class: "result-crowd" }, sum, bar.element, list),
    proof,
  );
  let said = "";
  const update = () => {
    const known = envelopesOf(store).get(card.envelope);
    const { currency } = walletOf(store);
    const name = nameOf(store, card.sender);
    fill(picture, avatar(card.sender, name));
    fill(who, t("envelope.of", { who: name }), " ", h("span", { class: "result-kind" }, envelopeName(card.kind)));
    // A screen reader announces only what changed.
    const words = [known?.state, known?.mine, currency, known?.view?.state, known?.view?.taken === 0].join();
    if (words !== said) fill(outcome, ...outcomeOf(app, card, known, toWallet));
    said = words;
    const view = known?.view;
    sum.hidden = !view || (view.count === 1 && view.sender !== store.me);
    bar.element.hidden = !view || view.state !== "open" || view.count === 1;
    if (!view) return;
    fill(sum, sumOf(view, view.sender === store.me, currency));
    bar.show(view.taken, view.count);
    rows.show([...view.openers].reverse().map((opener) => openerRow(app, opener, view)));
    if (view.proof && !proven) fill(proof, proofView(view, commitmentOf(app, card)));
    if (view.proof) proven = view.proof.commitment;
  };
  return { element, update };
}

/** The commitment in the conversation's log, if that is loaded. @param {App} app @param {EnvelopeCard} card */
function commitmentOf({ store }, { conversation, envelope, commitment }) {
  const items = store.conversations.get(conversation)?.log.items ?? [];
  const sent = items.find(({ entry: { kind, content } }) => kind === "envelope" && content.envelope === envelope);
  return sent?.entry.content.commitment ?? commitment;
}

/**
 * @param {App} app
 * @param {EnvelopeCard} card
 * @param {KnownEnvelope | undefined} known
 * @param {() => void} toWallet
 */
function outcomeOf({ store }, { kind, sender, recipient }, known, toWallet) {
  const who = known?.view?.recipient ?? recipient;
  const { currency } = walletOf(store);
  const line = (/** @type {string} */ text) => h("p", { class: "result-line" }, text);
  if (!known) return [h("span", { class: "spinner", role: "img", "aria-label": t("loading") })];
  if (known.mine !== undefined) {
    return [
      h(
        "p",
        { class: "result-amount", testid: "envelope-amount", data: { fen: known.mine } },
        ...amountView(known.mine, currency),
      ),
      h("button", { type: "button", class: "link", onclick: toWallet }, t("envelope.in_wallet")),
    ];
  }
  const own = sender === store.me;
  switch (known.state) {
    case "gone":
      return [line(t("envelope.error_gone"))];
    case "expired":
      return [line(own ? t("envelope.expired_own") : t("envelope.expired_other", { who: nameOf(store, sender) }))];
    case "empty":
      return own || kind === "exclusive" ? [] : [line(t("envelope.too_late"))];
    default:
      if (kind === "exclusive") return [line(t("envelope.only_for", { who: nameOf(store, who) }))];
      return own && known.view?.taken === 0 ? [line(t("envelope.waiting_long", { duration: lifeOf(known.view) }))] : [];
  }
}

/** @param {EnvelopeView} view how long it can be opened, in words */
function lifeOf({ at, expiresAt }) {
  return durationText(Math.round((Date.parse(expiresAt) - Date.parse(at)) / 1_000));
}

/** @param {EnvelopeView} view @param {boolean} own @param {string} currency */
function sumOf({ count, taken, takenAmount, total, seconds, state }, own, currency) {
  const duration = seconds === undefined ? "" : durationText(Math.max(1, Math.round(seconds)));
  if (state === "exhausted" && own) {
    const amount = moneyText(total, currency);
    if (!duration) return t("envelope.spent", { n: count, amount });
    return t("envelope.spent_in", { n: count, amount, duration });
  }
  if (state === "exhausted")
    return duration ? t("envelope.shares_in", { n: count, duration }) : t("envelope.shares", { n: count });
  if (!own) return t("envelope.taken", { n: taken, count });
  return t("envelope.taken_amount", {
    n: taken,
    count,
    amount: amountText(takenAmount),
    total: moneyText(total, currency),
  });
}

/** @param {App} app @param {Opener} opener @param {EnvelopeView} view @returns {import("../../views/dom.js").Row} */
function openerRow({ store }, { user, amount, at, best }, { at: sent }) {
  const name = nameOf(store, user);
  const { currency } = walletOf(store);
  const make = () =>
    h(
      "li",
      { class: "user-row opener", testid: "opener", data: { user, fen: amount, best } },
      avatar(user, name, { size: "small" }),
      h(
        "span",
        { class: "opener-text" },
        h(
          "span",
          { class: "user-name", dir: "auto" },
          name,
          user === store.me && h("span", { class: "hint" }, ` (${t("you")})`),
        ),
        liveText(
          h("time", { class: "hint", datetime: at }),
          () => (sameDay(at, sent) ? clock(at) : `${shortTime(at)} ${clock(at)}`),
          () => full(at),
        ),
      ),
      h(
        "span",
        { class: "opener-got" },
        h("span", { class: "opener-amount", testid: "opener-amount" }, moneyText(amount, currency)),
        best && h("span", { class: "best", testid: "best" }, icon("crown"), t("envelope.best")),
      ),
    );
  return { key: user, deps: [name, amount, best, currency], make };
}
