/** @import { App } from "../../../app.js" */
/** @import { CallMedia } from "../client/types.js" */
/** @import { Choices } from "./start.js" */
import { asHongyanError } from "../../../client/errors.js";
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { openDialog } from "../../../views/dialog.js";
import { fill, h, icon } from "../../../views/dom.js";
import { errorText } from "../../../views/error-text.js";
import { nameOf, titleOf } from "../../../views/names.js";
import { callsOf } from "../calls.js";
import { LocalMedia } from "../client/local-media.js";
import { toggle } from "./controls.js";
import { deviceKinds, deviceName } from "./device-menu.js";
import { deviceProblems, problemsView } from "./problems.js";
import { unlockAudio } from "./remote-audio.js";
import { pictureElement, showTrack } from "./tile.js";

/** A call does not ring all members of larger groups. */
const MAX_RUNG_GROUP = 32;
const LEVEL_MS = 80;
/** Speech has a level of about 0.1. */
const LEVEL_GAIN = 5;

/** The devices chosen last, for the next call of this page. @type {import("../client/types.js").DeviceChoice} */
let remembered = {};

/**
 * The self view and the choice of devices before a group call.
 * @param {App} app
 * @param {object} options
 * @param {string} options.conversation
 * @param {CallMedia} options.media
 * @param {boolean} options.canRing whether the call begins now, and the others can be rung
 * @param {(choices: Choices) => Promise<unknown>} options.enter
 */
export function openPreview(app, { conversation: id, media, canRing, enter }) {
  const { store } = app;
  const conversation = store.conversations.get(id);
  const name = conversation ? titleOf(store, conversation) : "";
  const openDevices = () => new LocalMedia({ chosen: remembered, constraints: callsOf(store).constraints });
  /** The call takes it over. If the server refuses the call, it is closed, and a new one opens the devices again. */
  let local = openDevices();
  const wanted = { microphone: true, camera: media === "video" };
  let stop = () => {};
  /** Whether the call has taken over the devices. */
  let entered = false;
  const own = nameOf(store, store.me);

  const video = pictureElement();
  const level = h("span", { class: "call-level", "aria-hidden": "true" });
  const face = h("span", { class: "call-face" }, avatar(store.me, own, { size: "large" }));
  const microphone = toggle(
    "call-preview-microphone",
    t("call.microphone"),
    ["call-microphone", "call-microphone-off"],
    async (on) => {
      wanted.microphone = on;
      await local.setMicrophone(on);
      update();
    },
  );
  const camera = toggle(
    "call-preview-camera",
    t("call.camera"),
    ["call-video", "call-video-off"],
    async (on) => {
      wanted.camera = on;
      await local.setCamera(on);
      update();
    },
  );
  const stage = h(
    "div",
    { class: "call-preview-stage", testid: "call-preview-stage" },
    video,
    face,
    h("div", { class: "call-preview-toggles" }, microphone.button, camera.button),
    level,
  );
  const problems = problemsView(store, () => deviceProblems(local));
  const selects = deviceKinds().map((kind) => deviceSelect(() => local, kind));
  const ring = ringSwitch((conversation?.info?.memberCount ?? 0) <= MAX_RUNG_GROUP);
  const error = h("p", { class: "form-error", role: "alert", testid: "form-error" });
  const enterButton = h(
    "button",
    { type: "button", class: "button primary wide", testid: "call-enter", onclick: () => go() },
    icon(media === "video" ? "call-video" : "call-audio"),
    t(canRing ? "call.start" : "call.join"),
  );
  const count = callsOf(store).banner(id)?.count;
  const dialog = openDialog({
    title: name,
    class: "call-preview",
    testid: "call-preview",
    content: [
      h("p", { class: "hint" }, !canRing && count ? t("call.in_progress", { n: count }) : t("call.preview_hint")),
      stage,
      problems.element,
      h("div", { class: "call-preview-devices" }, ...selects.map(({ element }) => element)),
      canRing && ring.element,
      error,
      enterButton,
    ],
    onclose: () => {
      clearInterval(meter);
      stop();
      if (!entered) local.close();
    },
  });

  function update() {
    microphone.show(wanted.microphone && !local.errors.microphone);
    camera.show(wanted.camera && !local.errors.camera);
    showTrack(video, local.camera);
    face.hidden = Boolean(local.camera);
    for (const select of selects) select.update();
    problems.update();
  }
  async function go() {
    unlockAudio();
    enterButton.disabled = true;
    fill(error);
    remembered = { ...local.chosen };
    const invite = canRing ? ring.invite() : undefined;
    entered = true;
    try {
      await enter({
        microphone: wanted.microphone && !local.errors.microphone,
        camera: wanted.camera && !local.errors.camera,
        local,
        ...(invite && { invite }),
      });
      dialog.close();
    } catch (thrown) {
      entered = false;
      if (asHongyanError(thrown).reason !== "call.left") fill(error, errorText(thrown));
      enterButton.disabled = false;
      local = openDevices();
      if (dialog.open) open();
    }
  }
  function open() {
    stop();
    stop = local.on("changed", update);
    local.setMicrophone(wanted.microphone);
    if (wanted.camera) local.setCamera(true);
    update();
  }
  const meter = setInterval(() => {
    level.style.setProperty("--level", String(Math.min(1, local.level * LEVEL_GAIN)));
  }, LEVEL_MS);
  open();
  enterButton.focus();
  return dialog;
}

/** @param {() => LocalMedia} local @param {ReturnType<typeof deviceKinds>[number]} kind */
function deviceSelect(local, { kind, list, label, icon: symbol }) {
  const select = h("select", {
    class: "input",
    testid: `call-preview-${kind}-choice`,
    "aria-label": t(label),
    onchange: () => local().choose(kind, select.value),
  });
  const element = h("label", { class: "call-preview-device" }, icon(symbol), select);
  return {
    element,
    update() {
      const devices = local().devices[list];
      element.hidden = devices.length < 2;
      const options = devices.map((device, i) => h("option", { value: device.id }, deviceName(device, i)));
      fill(select, ...options);
      const chosen = local().chosen[kind];
      if (chosen) select.value = chosen;
    },
  };
}

/** Whether the members are rung, or only see that there is a call. @param {boolean} possible */
function ringSwitch(possible) {
  let on = possible;
  const element = h(
    "button",
    {
      type: "button",
      class: "switch-row call-ring-switch",
      role: "switch",
      "aria-checked": String(on),
      disabled: !possible,
      testid: "call-ring-all",
      onclick: () => {
        on = !on;
        element.setAttribute("aria-checked", String(on));
      },
    },
    h(
      "span",
      {},
      h("strong", {}, t("call.ring_all")),
      h("span", { class: "hint" }, t(possible ? "call.ring_all_hint" : "call.ring_all_large")),
    ),
    h("span", { class: "switch" }),
  );
  return { element, invite: () => (on ? undefined : /** @type {string[]} */ ([])) };
}
