import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { toast } from "./toast.js";

/** Puts a text on the clipboard. @param {string} text */
export async function copyText(text) {
  const copied = await write(text).catch(() => false);
  toast(copied ? t("message.copied") : t("message.copy_failed"));
}

/** @param {string} text */
async function write(text) {
  // Without TLS, as in a home network, browsers offer only this way.
  if (!navigator.clipboard) return copySelected(text);
  await navigator.clipboard.writeText(text);
  return true;
}

/** @param {string} text */
function copySelected(text) {
  const area = h("textarea", { class: "visually-hidden", value: text });
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
