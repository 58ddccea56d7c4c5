import { deviceStorage } from "../client/storage.js";
import { t } from "../i18n/i18n.js";
import { normalizedEmoji } from "../text/graphemes.js";
import { h } from "./dom.js";
import { onKeyDown } from "./keys.js";
import { popover } from "./menu.js";

/** The reactions at the top of the menu. */
export const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

const RECENT = "hongyan.emoji";

/** @type {[import("../i18n/i18n.js").Key, string][]} */
const SETS = [
  [
    "emoji.faces",
    "😀 😃 😄 😁 😅 😂 🤣 🥲 😊 😇 🙂 😉 😍 🥰 😘 😋 😜 🤪 🤗 🤭 🤫 🤔 🫡 🤨 😐 😶 🙄 😏 😬 😌 😴 🤤 😷 🤒 🥳 😎 🤓 🥺 😢 😭 😤 😡 🤯 😱 😨 😓 🫠 🥶 🥵 😵 🤠 🤡 👻 💀",
  ],
  ["emoji.people", "👍 👎 👌 ✌️ 🤞 🤟 🤙 👏 🙌 🫶 🤝 🙏 💪 ✍️ 👋 🤚 🖐️ ☝️ 👉 👀 🧠 🫂 💃 🕺 🧘 🏃 🚶 👶 👵 👴"],
  [
    "emoji.nature",
    "🪿 🦢 🦆 🐦 🦉 🐶 🐱 🐼 🦊 🐰 🐯 🐷 🐵 🐔 🐢 🐙 🐝 🦋 🌸 🌹 🌻 🌷 🍀 🌿 🍁 🍂 🌾 🌳 🌲 🌵 🌙 ⭐ ☀️ ⛅ 🌧️ ❄️ 🌈 🌊 🔥 ⛰️",
  ],
  [
    "emoji.food",
    "🍎 🍊 🍋 🍉 🍇 🍓 🍑 🥝 🍅 🥑 🥕 🌽 🍞 🥐 🧀 🍳 🥟 🍜 🍚 🍣 🍕 🍝 🍔 🌮 🥗 🍰 🎂 🍪 🍫 🍦 ☕ 🍵 🧋 🍺 🍷 🥂",
  ],
  [
    "emoji.things",
    "❤️ 🧡 💛 💚 💙 💜 🖤 💔 💯 ✨ 💫 💥 🎉 🎊 🎁 🧧 🏮 🎈 🎵 🎶 🎮 ⚽ 🏀 🏓 🎨 📚 ✏️ ✉️ 📷 💡 🔑 💰 🚗 🚲 🚄 ✈️ 🏠 ⏰ ✅ ❌ ❓ ❗",
  ],
];

/**
 * Shows a picker of emoji.
 * @param {Element | {x: number, y: number}} near
 * @param {(emoji: string) => void} choose
 * @param {{keepOpen?: boolean}} [options] for writing several
 */
export function pickEmoji(near, choose, { keepOpen = false } = {}) {
  const recent = recents();
  const sections = SETS.map(([title, set]) => section(t(title), set.split(" ")));
  if (recent.length) sections.unshift(section(t("emoji.recent"), recent));
  const picker = h(
    "div",
    { class: "emoji-picker", role: "dialog", "aria-label": t("emoji.pick"), testid: "emoji-picker" },
    ...sections,
  );
  picker.addEventListener("click", (event) => {
    const { emoji } = /** @type {HTMLElement} */ (event.target).dataset;
    if (!emoji) return;
    remember(emoji);
    if (!keepOpen) close();
    choose(emoji);
  });
  onKeyDown(picker, walk);
  const close = popover(picker, near);
  picker.querySelector("button")?.focus({ preventScroll: true });
}

/** @param {string} title @param {string[]} emojis */
function section(title, emojis) {
  const buttons = emojis.map((emoji) =>
    h("button", { type: "button", class: "emoji", data: { emoji }, testid: "emoji", "aria-label": emoji }, emoji),
  );
  return h("section", {}, h("h3", {}, title), h("div", { class: "emoji-grid" }, ...buttons));
}

/** The arrow keys walk over the grid. @param {KeyboardEvent} event */
function walk(event) {
  const grid = /** @type {HTMLElement} */ (event.currentTarget);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -8, ArrowDown: 8 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...grid.querySelectorAll("button")];
  const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
}

/** @returns {string[]} */
function recents() {
  try {
    const stored = JSON.parse(deviceStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(stored) ? stored.filter((emoji) => typeof emoji === "string").slice(0, 16) : [];
  } catch {
    return [];
  }
}

/** @param {string} emoji */
function remember(emoji) {
  const others = recents().filter((known) => normalizedEmoji(known) !== normalizedEmoji(emoji));
  deviceStorage.setItem(RECENT, JSON.stringify([emoji, ...others].slice(0, 16)));
}
