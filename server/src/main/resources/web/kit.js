/**
 * What a feature outside of this bundle may use of the web client. `registry.js` describes what a feature is.
 *
 * @example
 * import { h, lazy, t } from "../../kit.js";
 */
export { asHongyanError, HongyanError, newClientId } from "./hongyan.js";
export { Emitter } from "./client/emitter.js";
export { listed, locale, t } from "./i18n/i18n.js";
export { lazy } from "./lazy.js";
export { registry } from "./registry.js";
export { ago, fromNow, shortTime, clock, day, full, sameDay } from "./text/time.js";
export { avatar } from "./views/avatar.js";
export { deferWhilePressed } from "./views/deferred-update.js";
export { confirm, field, form, openDialog } from "./views/dialog.js";
export { fill, h, icon, iconButton, Rows, setData } from "./views/dom.js";
export { errorText } from "./views/error-text.js";
export { onKeyDown } from "./views/keys.js";
export { openLayer } from "./views/layers.js";
export { liveText } from "./views/live-text.js";
export { openMenu, popover } from "./views/menu.js";
export { nameOf, titleOf } from "./views/names.js";
export { segmentedControl } from "./views/segmented-control.js";
export { toast, toastOnError } from "./views/toast.js";
