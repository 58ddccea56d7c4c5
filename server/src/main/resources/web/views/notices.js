/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { lineOf, nameOf, titleOf } from "./names.js";
import { toast } from "./toast.js";

const WANTED = "hongyan.notices";

/**
 * Tells of new messages outside of the page while nobody looks at it, if the person wished so.
 * @param {App} app
 * @returns {() => void} ends it
 */
export function showNotices({ store, router }) {
  return store.on("arrived", ({ conversation: id, entry }) => {
    const conversation = store.conversations.get(id);
    if (!conversation || !wanted() || document.hasFocus()) return;
    const who = nameOf(store, entry.sender);
    const title = conversation.isGroup ? `${who} · ${titleOf(store, conversation)}` : who;
    // One per conversation: the newest replaces the one before.
    const notice = make(title, { body: lineOf(store, entry), tag: id, icon: "art/mark.svg" });
    notice?.addEventListener("click", () => {
      window.focus();
      router.go({ conversation: id });
      notice.close();
    });
  });
}

/** The switch in the settings; null where the browser has no such thing. */
export function noticesSwitch() {
  if (!("Notification" in window) || !window.isSecureContext) return null;
  const button = h(
    "button",
    { type: "button", class: "switch-row", role: "switch", testid: "notices", onclick: () => toggle() },
    h("span", {}, h("strong", {}, t("notices.title")), h("span", { class: "hint" }, t("notices.hint"))),
    h("span", { class: "switch" }),
  );
  const draw = () => button.setAttribute("aria-checked", String(wanted()));
  const toggle = async () => {
    if (wanted()) localStorage.removeItem(WANTED);
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(WANTED, "1");
    else toast(t("notices.denied"));
    draw();
  };
  draw();
  return button;
}

function wanted() {
  return localStorage.getItem(WANTED) === "1" && "Notification" in window && Notification.permission === "granted";
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
