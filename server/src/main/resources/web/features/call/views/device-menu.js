/** @import { LocalMedia } from "../client/local-media.js" */
/** @import { Key } from "../../../i18n/i18n.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon } from "../../../views/dom.js";
import { onKeyDown } from "../../../views/keys.js";
import { popover } from "../../../views/menu.js";
import { toastOnError } from "../../../views/toast.js";
import { canChooseSpeaker } from "./remote-audio.js";

/** @typedef {"microphone" | "camera" | "speaker"} DeviceKind */

/** @type {{kind: DeviceKind, list: "microphones" | "cameras" | "speakers", label: Key, icon: string}[]} */
const KINDS = [
  { kind: "microphone", list: "microphones", label: "call.microphone", icon: "call-microphone" },
  { kind: "camera", list: "cameras", label: "call.camera", icon: "call-video" },
  { kind: "speaker", list: "speakers", label: "call.speaker", icon: "call-speaker" },
];

/** The kinds of device that this browser lets a page choose. */
export const deviceKinds = () => KINDS.filter(({ kind }) => kind !== "speaker" || canChooseSpeaker());

/**
 * The name of a device. Browsers hide names until the page has permission to use a device.
 * @param {{label: string}} device
 * @param {number} i
 */
export const deviceName = ({ label }, i) => label || t("call.device_unnamed", { number: i + 1 });

/**
 * The menu to choose the microphone, camera and speaker during a call.
 * @param {LocalMedia} local
 * @param {Element} near
 */
export function openDeviceMenu(local, near) {
  const content = h("div", {
    class: "call-device-menu",
    role: "dialog",
    "aria-label": t("call.devices"),
    testid: "call-device-menu",
  });
  const draw = () => {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.device;
    content.replaceChildren(...deviceKinds().map((kind) => section(local, kind)));
    const again = [...content.querySelectorAll("button")].find(({ dataset }) => dataset.device === focused);
    if (focused !== undefined) again?.focus({ preventScroll: true });
  };
  onKeyDown(content, (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...content.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  });
  draw();
  const stop = local.on("changed", draw);
  popover(content, near, { onclose: stop });
  content.querySelector("button")?.focus({ preventScroll: true });
}

/** @param {LocalMedia} local @param {(typeof KINDS)[number]} kind */
function section(local, { kind, list, label, icon: symbol }) {
  const devices = local.devices[list];
  const chosen = local.chosen[kind];
  const options = devices.map((device, i) => {
    const checked = chosen ? device.id === chosen : i === 0;
    return h(
      "button",
      {
        type: "button",
        class: "menu-item",
        role: "radio",
        "aria-checked": String(checked),
        data: { device: `${kind} ${device.id}` },
        testid: `call-${kind}-option`,
        onclick: () => toastOnError(local.choose(kind, device.id)),
      },
      h("span", { class: "call-device-name", dir: "auto" }, deviceName(device, i)),
      checked && icon("check"),
    );
  });
  return h(
    "section",
    { class: "call-device-kind", role: "radiogroup", "aria-label": t(label) },
    h("p", { class: "call-device-title", "aria-hidden": "true" }, icon(symbol), t(label)),
    ...options,
    devices.length === 0 && h("p", { class: "hint call-device-none" }, t("call.device_none")),
  );
}
