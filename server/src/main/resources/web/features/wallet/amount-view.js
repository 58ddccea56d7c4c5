import { amountText, unitText } from "./money.js";
import { h } from "../../views/dom.js";

/**
 * A large amount with a smaller unit beside it.
 * @param {number} fen
 * @param {string} currency
 */
export function amountView(fen, currency) {
  const unit = h("span", { class: "sum-unit" }, unitText(currency));
  const number = h("span", { class: "sum-number" }, amountText(fen));
  return currency === "CNY" ? [unit, number] : [number, " ", unit];
}
