/** @import { Call } from "../client/call.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon, setData } from "../../../views/dom.js";
import { toastOnError } from "../../../views/toast.js";
import { openDeviceMenu } from "./device-menu.js";

/** Phones cannot share their screen from a page. */
export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

/**
 * The participant of this page.
 * @param {Call} call
 */
export const ownOf = (call) => call.participants.find(({ mine }) => mine);

/**
 * A round toggle button.
 * @param {string} testid
 * @param {string} label
 * @param {string[]} icons while on, and while off if that is another one
 * @param {(on: boolean) => Promise<unknown>} choose
 */
export function toggle(testid, label, [iconOn, iconOff = iconOn], choose) {
  const symbols = { on: icon(iconOn), off: icon(iconOff) };
  const button = h(
    "button",
    { type: "button", class: "call-control", "aria-label": label, title: label, testid },
    symbols.on,
    symbols.off,
  );
  let on = false;
  let busy = false;
  const press = async () => {
    if (busy) return;
    busy = true;
    await toastOnError(choose(!on));
    busy = false;
  };
  button.addEventListener("click", press);
  return {
    button,
    press,
    /** @param {boolean} now @param {boolean} [missing] whether the device is missing */
    show(now, missing = false) {
      on = now;
      button.setAttribute("aria-pressed", String(on));
      symbols.on.classList.toggle("call-symbol-hidden", !on);
      symbols.off.classList.toggle("call-symbol-hidden", on);
      setData(button, { missing });
    },
  };
}

/**
 * The controls of the current call.
 * @param {Call} call
 * @param {{leave: () => void, group: boolean}} options
 */
export function controlsView(call, { leave, group }) {
  const microphone = toggle("call-microphone", t("call.microphone"), ["call-microphone", "call-microphone-off"], (on) =>
    call.setMicrophone(on),
  );
  const camera = toggle("call-camera", t("call.camera"), ["call-video", "call-video-off"], (on) => call.setCamera(on));
  const screen = toggle("call-screen-share", t("call.screen"), ["call-screen"], (on) => call.setScreen(on));
  const hand = toggle("call-hand", t("call.hand"), ["call-hand"], (on) => call.setHand(on));
  screen.button.hidden = !canShareScreen();
  hand.button.hidden = !group;
  const more = h(
    "button",
    {
      type: "button",
      class: "call-control",
      "aria-label": t("call.devices"),
      title: t("call.devices"),
      "aria-haspopup": "dialog",
      testid: "call-devices",
      onclick: () => openDeviceMenu(call.local, more),
    },
    icon("settings"),
  );
  const hangUp = h(
    "button",
    {
      type: "button",
      class: "call-control call-hang-up",
      "aria-label": t("call.leave"),
      title: t("call.leave"),
      testid: "call-leave",
      onclick: leave,
    },
    icon("call-leave"),
  );
  const element = h(
    "div",
    { class: "call-controls", role: "group", "aria-label": t("call.controls") },
    microphone.button,
    camera.button,
    screen.button,
    hand.button,
    more,
    hangUp,
  );
  /** @type {Record<string, () => void>} */
  const keys = { m: microphone.press, v: camera.press };
  if (canShareScreen()) keys.s = screen.press;
  if (group) keys.h = hand.press;
  for (const [key, { button }] of Object.entries({ m: microphone, v: camera, s: screen, h: hand })) {
    button.setAttribute("aria-keyshortcuts", key);
    button.title += ` (${key.toUpperCase()})`;
  }
  return {
    element,
    keys,
    update() {
      const media = ownOf(call)?.media;
      const { errors } = call.local;
      // Until this device has joined, the microphone counts as on.
      microphone.show(media?.microphone ?? !errors.microphone, Boolean(errors.microphone));
      camera.show(media?.camera ?? Boolean(call.local.camera), Boolean(errors.camera));
      screen.show(media?.screen ?? false);
      hand.show(media?.hand ?? false);
    },
  };
}
