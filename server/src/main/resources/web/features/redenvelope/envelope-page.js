/** @import { App } from "../../app.js" */
/** @import { EnvelopeState } from "./envelopes.js" */
import { t } from "../../i18n/i18n.js";
import { avatar } from "../../views/avatar.js";
import { openDialog } from "../../views/dialog.js";
import { fill, h, icon, setData } from "../../views/dom.js";
import { errorText } from "../../views/error-text.js";
import { nameOf } from "../../views/names.js";
import { walletOf } from "../wallet/wallet.js";
import { envelopeResult } from "./envelope-result.js";
import { envelopesOf } from "./envelopes.js";
import { progressBar } from "./progress-bar.js";

/** How long the coin turns at least, and the geese fly, unless the user prefers reduced motion. */
const TURN_MS = 750;
const FLY_MS = 900;

/**
 * What is known of an envelope before the server answers.
 * @typedef {object} EnvelopeCard
 * @property {string} envelope
 * @property {string} conversation
 * @property {string} sender
 * @property {string} kind
 * @property {string} greeting
 * @property {string} [recipient]
 * @property {string} [commitment] published when the envelope was sent
 */

/**
 * The page of a red envelope: closed, with the coin that opens it, or its outcome.
 * @param {App} app
 * @param {EnvelopeCard} card
 */
export function openEnvelope(app, card) {
  const { store } = app;
  const page = h("div", { class: "envelope-page" });
  /** @type {{element: HTMLElement, update: () => void} | null} */
  let shown = null;
  let opening = false;

  const state = () => envelopesOf(store).get(card.envelope)?.state ?? "unopened";
  const result = () => {
    if (page.dataset.page === "result") return;
    setData(page, { page: "result" });
    shown = envelopeResult(app, card, () => dialog.close());
    fill(page, shown.element);
    shown.update();
    // The coin had the focus and is gone.
    if (document.activeElement === document.body) dialog.focus();
  };
  const update = () => {
    // Until it is opened or closed, those who may open it see the coin.
    if (!opening && !isClosed(app, card, state())) result();
    shown?.update();
  };
  const onopen = async () => {
    opening = true;
    try {
      await open(app, card, page);
      if (page.isConnected) result();
    } finally {
      opening = false;
    }
  };
  const stop = [
    envelopesOf(store).watch(card.envelope),
    envelopesOf(store).on("changed", (which) => (which === card.envelope || !which) && update()),
    store.users.on("changed", update),
    walletOf(store).on("changed", update),
    app.client.on("state", update),
  ];
  const dialog = openDialog({
    title: t("envelope.from", { who: nameOf(store, card.sender) }),
    quiet: true,
    class: "envelope-dialog",
    testid: "envelope-page",
    content: [page],
    onclose: () => stop.forEach((end) => end()),
    from: `button[data-envelope="${CSS.escape(card.envelope)}"]`,
  });
  dialog.tabIndex = -1;
  walletOf(store).loadOnce();
  if (isClosed(app, card, state())) {
    setData(page, { page: "closed" });
    shown = closedPage(app, card, { onopen, result });
    fill(page, shown.element);
    shown.update();
    page.querySelector("button")?.focus();
  } else {
    result();
  }
}

/**
 * Whether it can still be opened, and not just by its recipient.
 * @param {App} app
 * @param {EnvelopeCard} card
 * @param {EnvelopeState} state
 */
function isClosed({ store }, { kind, sender, conversation }, state) {
  if (state !== "unopened" || store.conversations.get(conversation)?.state === "left") return false;
  return kind === "lucky" || kind === "equal" || sender !== store.me;
}

/**
 * @param {App} app
 * @param {EnvelopeCard} card
 * @param {{onopen: () => Promise<void>, result: () => void}} what
 */
function closedPage(app, card, { onopen, result }) {
  const { store, client } = app;
  const who = h("p", { class: "envelope-who", dir: "auto" });
  const error = h("p", { class: "envelope-error", role: "alert", testid: "envelope-error" });
  const note = h("p", { class: "envelope-note", testid: "envelope-note" });
  const left = h("p", { class: "envelope-left", testid: "envelope-left" });
  const bar = progressBar();
  const open = async () => {
    if (coin.disabled) return;
    fill(error);
    coin.disabled = true;
    setData(element, { opening: true });
    try {
      await onopen();
    } catch (thrown) {
      fill(error, errorText(thrown));
      setData(element, { opening: null, opened: null });
      update();
      coin.focus();
    }
  };
  const coin = h(
    "button",
    { type: "button", class: "coin", testid: "envelope-open", "aria-label": t("envelope.open"), onclick: open },
    h(
      "span",
      { class: "coin-body", "aria-hidden": "true" },
      h("span", { class: "coin-face", lang: "zh-Hant" }, "開"),
      h("span", { class: "coin-face coin-back" }, icon("goose")),
    ),
  );
  const seal = h(
    "span",
    { class: "coin", "aria-hidden": "true" },
    h("span", { class: "coin-body" }, h("span", { class: "coin-face" }, icon("goose"))),
  );
  const forMe = card.kind !== "exclusive" || card.recipient === store.me;
  const details = h(
    "button",
    { type: "button", class: "envelope-details", testid: "envelope-details", onclick: result },
    t("envelope.details"),
  );
  const picture = h("span", {});
  const element = h(
    "div",
    { class: "envelope-paper" },
    h("div", { class: "envelope-flap", "aria-hidden": "true" }),
    h("div", { class: "envelope-skein", "aria-hidden": "true" }, ...Array.from({ length: 5 }, () => icon("bird"))),
    h(
      "div",
      { class: "envelope-letter" },
      picture,
      who,
      h("p", { class: "envelope-greeting", dir: "auto" }, card.greeting),
    ),
    forMe ? coin : seal,
    h("div", { class: "envelope-below" }, note, error, left, bar.element, card.sender === store.me && details),
  );
  const update = () => {
    const name = nameOf(store, card.sender);
    const view = envelopesOf(store).get(card.envelope)?.view;
    const online = client.state === "online";
    fill(picture, avatar(card.sender, name));
    fill(who, t("envelope.from", { who: name }));
    if (!element.dataset.opening) coin.disabled = !online;
    if (!forMe) fill(note, t("envelope.only_for", { who: nameOf(store, card.recipient) }));
    else fill(note, online ? "" : t("envelope.offline"));
    const many = view && view.count > 1;
    left.hidden = bar.element.hidden = !many;
    if (!many) return;
    bar.show(view.taken, view.count);
    fill(left, t("envelope.left", { n: view.count - view.taken, count: view.count }));
  };
  return { element, update };
}

/**
 * Opens it while the coin turns and the geese fly.
 * @param {App} app
 * @param {EnvelopeCard} card
 * @param {HTMLElement} page
 */
async function open({ store }, { envelope }, page) {
  const turned = pause(TURN_MS);
  const { outcome } = await envelopesOf(store).open(envelope);
  await turned;
  if (outcome !== "opened") return;
  const paper = /** @type {HTMLElement | null} */ (page.querySelector(".envelope-paper"));
  if (paper) setData(paper, { opened: true });
  await pause(FLY_MS);
}

/** @param {number} ms @returns {Promise<void>} at once if the user prefers reduced motion */
function pause(ms) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, ms));
}
