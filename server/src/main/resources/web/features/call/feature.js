/** @import { Feature } from "../../registry.js" */
import { Calls, callsOf } from "./calls.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import icons from "./icons.js";
import { callBanner } from "./views/banner.js";
import { callBubble } from "./views/call-bubble.js";
import { callLine } from "./views/call-texts.js";
import { callOverlay } from "./views/overlay.js";
import { startCall } from "./views/start.js";

/**
 * Audio and video calls of up to nine.
 *
 * @type {Feature}
 */
export default {
  name: "call",
  texts: { en, zh, it },
  icons,
  styles: ["features/call/call.css"],
  store: (context) => new Calls(context),
};
