/** @import { App } from "../app.js" */
/** @import { Entry } from "../client/types.js" */
/** @import { Store } from "../store/store.js" */
import { deviceStorage } from "../client/storage.js";
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { previewText } from "./entry-text.js";
import { nameOf, titleOf } from "./names.js";
import { toast } from "./toast.js";

const ENABLED_KEY = "hongyan.notifications";

/**
 * Shows system notifications of new messages while the page has no focus, if the user enabled them. Withdraws them when
 * the message was read here or elsewhere, recalled or edited, and when the page can no longer find out.
 * @param {App} app
 * @returns {() => void} stops it and withdraws all notifications
 */
export function showNotifications({ store, router }) {
  /** The newest one of each conversation. @type {Map<string, {notification: Notification, entry: Entry}>} */
  const shown = new Map();
  /** @param {string} id */
  const takeBack = (id) => {
    const found = shown.get(id);
    shown.delete(id);
    found?.notification.close();
  };
  const takeAllBack = () => [...shown.keys()].forEach(takeBack);
  const takeOutdatedBack = () => {
    for (const [id, { entry }] of [...shown]) if (isOutdated(store, id, entry)) takeBack(id);
  };
  const onNewMessage = store.on("newMessage", ({ conversation: id, entry }) => {
    const conversation = store.conversations.get(id);
    if (!conversation || !notificationsEnabled() || document.hasFocus()) return;
    const who = nameOf(store, entry.sender);
    const title = conversation.isGroup ? `${who} · ${titleOf(store, conversation)}` : who;
    // The tag makes the newest of a conversation replace the one before.
    const notification = makeNotification(title, { body: previewText(store, entry), tag: id, icon: "art/mark.svg" });
    if (!notification) return;
    shown.set(id, { notification, entry });
    notification.addEventListener("close", () => {
      if (shown.get(id)?.notification === notification) shown.delete(id);
    });
    notification.addEventListener("click", () => {
      window.focus();
      router.go({ conversation: id });
      takeBack(id);
    });
  });
  const stops = [
    onNewMessage,
    store.on("list", takeOutdatedBack),
    router.on("changed", ({ conversation }) => conversation && takeBack(conversation)),
  ];
  addEventListener("pagehide", takeAllBack);
  return () => {
    for (const stop of stops) stop();
    removeEventListener("pagehide", takeAllBack);
    takeAllBack();
  };
}

/** @param {Store} store @param {string} id @param {Entry} shown the entry as its notification shows it */
function isOutdated(store, id, shown) {
  const conversation = store.conversations.get(id);
  const entry = conversation?.log.find(shown.seq)?.entry;
  if (!conversation || !entry || entry.recalled) return true;
  return conversation.readSeq >= entry.seq || entry.edited?.seq !== shown.edited?.seq;
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
  const draw = () => button.setAttribute("aria-checked", String(notificationsEnabled()));
  const toggle = async () => {
    if (notificationsEnabled()) deviceStorage.removeItem(ENABLED_KEY);
    else if ((await Notification.requestPermission()) === "granted") deviceStorage.setItem(ENABLED_KEY, "1");
    else toast(t("notifications.denied"));
    draw();
  };
  draw();
  return button;
}

/** Whether the user wants system notifications on this device, and the browser allows them. */
export function notificationsEnabled() {
  const granted = "Notification" in window && Notification.permission === "granted";
  return granted && deviceStorage.getItem(ENABLED_KEY) === "1";
}

/**
 * @param {string} title
 * @param {NotificationOptions} options
 * @returns {Notification | null} null if it is not possible
 */
export function makeNotification(title, options) {
  try {
    return new Notification(title, options);
  } catch {
    // Some phones allow this only to installed pages.
    return null;
  }
}
