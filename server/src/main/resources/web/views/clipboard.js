import { t } from "../i18n/i18n.js";
import { toast } from "./toast.js";

/** Puts a text on the clipboard. @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("message.copied"));
  } catch {
    toast(t("message.copy_failed"));
  }
}
