import { amountText, parseAmount, typedAmount, unitText } from "./money.js";
import { h } from "../../views/dom.js";

/**
 * A field for an amount of money.
 * @param {string} label
 * @param {object} options
 * @param {string} options.currency
 * @param {string} options.testid
 * @param {number} [options.value] in fen
 */
export function amountField(label, { currency, testid, value }) {
  const name = h("span", { class: "label" }, label);
  const input = h("input", {
    class: "input",
    inputmode: "decimal",
    autocomplete: "off",
    placeholder: amountText(0),
    maxlength: 16,
    value: value === undefined ? "" : typedAmount(value),
    testid,
  });
  const unit = h("span", { class: "amount-unit", "aria-hidden": "true" }, unitText(currency));
  const element = h("label", { class: "field" }, name, h("span", { class: "amount-box" }, input, unit));
  return {
    element,
    input,
    /** @param {string} text */
    rename(text) {
      name.textContent = text;
    },
    /** @returns {number | null} in fen, null without an amount */
    get fen() {
      return parseAmount(input.value);
    },
    /** Whether the text is not an amount. */
    get wrong() {
      return input.value.trim() !== "" && parseAmount(input.value) === null;
    },
  };
}
