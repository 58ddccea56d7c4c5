/** @import { App } from "../../../app.js" */
/** @import { Call } from "../client/call.js" */
/** @import { Corner } from "./layout.js" */
/** @import { StageView } from "./stage.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon, iconButton, setData } from "../../../views/dom.js";
import { titleOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";
import { callStatus } from "./call-clock.js";
import { callWindow } from "./call-window.js";
import { ownOf } from "./controls.js";
import { movesBetweenCorners } from "./corner.js";
import { hasCamera, Tile } from "./tile.js";

/**
 * The call as a small picture above the page, while the user reads a conversation.
 * @param {App} app
 * @param {Call} call
 * @param {StageView} stage knows who speaks
 */
export function miniView({ store }, call, stage) {
  const tile = new Tile(store);
  const conversation = store.conversations.get(call.conversation);
  const status = h("span", { class: "call-mini-status", testid: "call-mini-status" });
  const back = h(
    "button",
    { type: "button", class: "call-mini-back", testid: "call-mini-back", onclick: () => callWindow.expand() },
    icon("call-expand"),
    status,
  );
  const microphone = iconButton("call-microphone", t("call.microphone"), {
    class: "call-mini-button",
    testid: "call-mini-microphone",
    onclick: () => toastOnError(call.setMicrophone(!ownOf(call)?.media.microphone)),
  });
  const microphoneOff = icon("call-microphone-off");
  microphone.append(microphoneOff);
  const picture = iconButton("call-picture", t("call.picture"), {
    class: "call-mini-button",
    testid: "call-picture",
    onclick: () => toastOnError(enterPicture()),
  });
  const leave = iconButton("call-leave", t("call.leave"), {
    class: "call-mini-button call-hang-up",
    testid: "call-mini-leave",
    onclick: () => call.leave(),
  });
  const element = h(
    "aside",
    { class: "call-mini", tabindex: "0", testid: "call-mini", hidden: true },
    tile.element,
    back,
    h("div", { class: "call-mini-controls" }, microphone, picture, leave),
  );
  /** @type {Corner} */
  let corner = "bottom-end";
  const place = () => setData(element, { corner });
  movesBetweenCorners(element, {
    area: () => new DOMRect(0, 0, innerWidth, innerHeight),
    corner: () => corner,
    moved: (next) => {
      corner = next;
      place();
    },
  });

  async function enterPicture() {
    tile.video.disablePictureInPicture = false;
    await tile.video.requestPictureInPicture();
  }

  const update = () => {
    if (element.hidden) {
      if (document.pictureInPictureElement === tile.video) document.exitPictureInPicture().catch(() => {});
      return;
    }
    const { featured } = stage;
    const own = ownOf(call);
    if (featured) tile.show(featured, {});
    status.textContent = callStatus(call);
    const who = conversation ? titleOf(store, conversation) : "";
    element.setAttribute("aria-label", t("call.with", { who }));
    back.setAttribute("aria-label", t("call.return_to", { who }));
    const on = own?.media.microphone ?? false;
    microphone.setAttribute("aria-pressed", String(on));
    microphone.querySelector(".icon")?.classList.toggle("call-symbol-hidden", !on);
    microphoneOff.classList.toggle("call-symbol-hidden", on);
    picture.hidden = !document.pictureInPictureEnabled || !featured || !hasCamera(featured);
  };
  const timer = setInterval(update, 1_000);
  const stops = [call.on("changed", update), call.on("speaking", update), () => clearInterval(timer)];
  place();
  return {
    element,
    update,
    focus: () => back.focus({ preventScroll: true }),
    stop() {
      for (const stop of stops) stop();
      element.hidden = true;
      update();
      tile.video.srcObject = null;
    },
  };
}
