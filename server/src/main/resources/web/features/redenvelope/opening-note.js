/** @import { App } from "../../app.js" */
/** @import { TimelineNote } from "../../registry.js" */
/** @import { Store } from "../../store/store.js" */
/** @import { Opening } from "./openings.js" */
import { t } from "../../i18n/i18n.js";
import { lazy } from "../../lazy.js";
import { h, icon } from "../../views/dom.js";
import { nameOf } from "../../views/names.js";
import { toastOnError } from "../../views/toast.js";
import { envelopesOf } from "./envelopes.js";

const page = lazy(() => import("./envelope-page.js"));

/**
 * "X opened your red envelope": a line of the timeline that leads to the envelope.
 * @param {App} app
 * @param {Opening} opening
 * @returns {TimelineNote}
 */
export function openingNote(app, opening) {
  const { key, at, envelope } = opening;
  const text = openingText(app.store, opening);
  const open = async () => {
    const view = envelopesOf(app.store).get(envelope)?.view;
    if (view) (await page()).openEnvelope(app, view);
  };
  const make = () =>
    h(
      "li",
      { class: "note envelope-line", tabindex: "-1", testid: "envelope-line", data: { key, envelope } },
      icon("envelope"),
      h(
        "button",
        { type: "button", class: "envelope-line-text", dir: "auto", onclick: () => toastOnError(open()) },
        text,
      ),
    );
  return { key, at, deps: [text], make };
}

/** @param {Store} store @param {Opening} opening */
function openingText(store, { sender, openers, count }) {
  const [opener] = openers;
  if (count > 1) return t("envelope.line_many", { n: count });
  if (opener !== store.me) return t("envelope.line_opened", { who: nameOf(store, opener) });
  return sender === store.me ? t("envelope.line_own") : t("envelope.line_you", { who: nameOf(store, sender) });
}
