import { amountText, unitText } from "../text/money.js";
import { h } from "./dom.js";

/**
 * An amount to be read from afar, its unit smaller beside it.
 * @param {number} fen
 * @param {string} currency
 */
export function sumView(fen, currency) {
  const unit = h("span", { class: "sum-unit" }, unitText(currency));
  const number = h("span", { class: "sum-number" }, amountText(fen));
  return currency === "CNY" ? [unit, number] : [number, " ", unit];
}
