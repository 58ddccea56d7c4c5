import { t } from "../../i18n/i18n.js";

/** @param {string} kind */
export function envelopeName(kind) {
  switch (kind) {
    case "lucky":
      return t("envelope.lucky");
    case "equal":
      return t("envelope.equal");
    case "exclusive":
      return t("envelope.exclusive");
    default:
      return t("envelope.name");
  }
}
