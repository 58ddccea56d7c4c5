/** @import { App } from "../../../app.js" */
/** @import { Precision } from "../types.js" */
import { t } from "../../../i18n/i18n.js";
import { clock } from "../../../text/time.js";
import { form, openDialog } from "../../../views/dialog.js";
import { fill, h, icon } from "../../../views/dom.js";
import { segmentedControl } from "../../../views/segmented-control.js";
import { durationText, explained, metresText } from "../location-texts.js";
import { locationsOf } from "../locations.js";

const DURATIONS = [900, 3_600, 28_800];
/** How long the start of a share waits for a position. */
const FIRST_MS = 10_000;
/** The duration of a share that ends with another one. */
const SAME = "same";

/**
 * The dialog that starts a live share.
 * @param {App} app
 * @param {string} conversation
 * @param {{until?: string, started?: () => void}} [options] `until`: the end of another share, which is offered first
 */
export async function openShareForm(app, conversation, { until, started } = {}) {
  const locations = locationsOf(app.store);
  const { maxShareSeconds, cellKm } = await locations.settings();
  const offered = DURATIONS.filter((seconds) => seconds <= maxShareSeconds);
  /** @type {[string, string][]} */
  const durations = (offered.length ? offered : [maxShareSeconds]).map((seconds) => [
    String(seconds),
    // There is less room beside the end of the other share.
    durationText(seconds, until ? "short" : "long"),
  ]);
  if (until) durations.unshift([SAME, t("location.until", { time: clock(until) })]);
  let duration = until ? SAME : durations[0][0];
  /** @type {Precision} */
  let precision = "precise";
  const hint = h("p", { class: "hint", "aria-live": "polite" });
  const update = () => {
    fill(
      hint,
      precision === "precise"
        ? t("location.precise_hint")
        : t("location.coarse_hint", { distance: metresText(cellKm * 1000) }),
    );
  };
  const chooseDuration = segmentedControl("share-duration", durations, duration, (code) => (duration = code));
  chooseDuration.setAttribute("aria-label", t("location.duration"));
  const choosePrecision = segmentedControl(
    "share-precision",
    [
      ["precise", t("location.precise")],
      ["coarse", t("location.coarse")],
    ],
    precision,
    (code) => {
      precision = /** @type {Precision} */ (code);
      update();
    },
  );
  choosePrecision.setAttribute("aria-label", t("location.precision"));
  let closed = false;
  const submit = async () => {
    // First, so that a user who refuses does not start a share without positions. A device that has no signal at the
    // moment may have one later.
    const measured = locations.positions.measure(FIRST_MS).catch((problem) => {
      if (problem !== "unavailable") throw problem;
    });
    await explained(measured);
    if (closed) return;
    if (duration === SAME && until) await locations.startUntil(conversation, until, precision);
    else await locations.start(conversation, { seconds: Number(duration), precision });
    dialog.close();
    started?.();
  };
  const content = form({
    content: [
      h("div", {}, h("span", { class: "label" }, t("location.duration")), chooseDuration),
      h("div", {}, h("span", { class: "label" }, t("location.precision")), choosePrecision, hint),
      h("p", { class: "location-note" }, icon("location-eye"), h("span", {}, t("location.page_hint"))),
    ],
    action: t("location.start"),
    submit,
    testid: "share-start",
  });
  const dialog = openDialog({
    title: t("location.live"),
    class: "narrow location-share-form",
    testid: "share-form",
    content: [content],
    onclose: () => (closed = true),
  });
  update();
  return dialog;
}
