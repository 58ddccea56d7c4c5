/** @import { App } from "../app.js" */
import { deviceStorage } from "../client/storage.js";
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { previewText } from "./entry-text.js";
import { nameOf, titleOf } from "./names.js";
import { toast } from "./toast.js";

const ENABLED_KEY = "hongyan.notifications";

/**
 * Shows system notifications of new messages while the page has no focus, if the user enabled them.
 * @param {App} app
 * @returns {() => void} stops it
 */
export function showNotifications({ store, router }) {
  return store.on("newMessage", ({ conversation: id, entry }) => {
    const conversation = store.conversations.get(id);
    if (!conversation || !enabled() || document.hasFocus()) return;
    const who = nameOf(store, entry.sender);
    const title = conversation.isGroup ? `${who} · ${titleOf(store, conversation)}` : who;
    // The tag makes the newest of a conversation replace the one before.
    const notification = make(title, { body: previewText(store, entry), tag: id, icon: "art/mark.svg" });
    notification?.addEventListener("click", () => {
      window.focus();
      router.go({ conversation: id });
      notification.close();
    });
  });
}

/** The switch in the settings; null if the browser has no notifications. */
export function notificationsSwitch() {
  if (!("Notification" in window) || !window.isSecureContext) return null;
  const button = h(
    "button",
    { type: "button", class: "switch-row", role: "switch", testid: "notifications", onclick: () => toggle() },
    h("span", {}, h("strong", {}, t("notifications.title")), h("span", { class: "hint" }, t("notifications.hint"))),
    h("span", { class: "switch" }),
  );
  const draw = () => button.setAttribute("aria-checked", String(enabled()));
  const toggle = async () => {
    if (enabled()) deviceStorage.removeItem(ENABLED_KEY);
    else if ((await Notification.requestPermission()) === "granted") deviceStorage.setItem(ENABLED_KEY, "1");
    else toast(t("notifications.denied"));
    draw();
  };
  draw();
  return button;
}

function enabled() {
  const granted = "Notification" in window && Notification.permission === "granted";
  return granted && deviceStorage.getItem(ENABLED_KEY) === "1";
}

/** @param {string} title @param {NotificationOptions} options */
function make(title, options) {
  try {
    return new Notification(title, options);
  } catch {
    // Some phones allow this only to installed pages.
    return null;
  }
}
