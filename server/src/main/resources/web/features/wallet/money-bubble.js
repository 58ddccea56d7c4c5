import { h } from "../../views/dom.js";

/**
 * Money among the messages: a button with a sign, two lines of text and a foot.
 * @param {object} options
 * @param {string} options.class
 * @param {string} options.testid
 * @param {Record<string, string>} options.data
 * @param {boolean} options.pending whether there is still something to be done: then it has its full colour
 * @param {HTMLElement} options.sign
 * @param {HTMLElement} options.title
 * @param {HTMLElement} options.state
 * @param {HTMLElement} [options.middle] between the front and the foot
 * @param {string} options.name what it is, in the foot
 * @param {HTMLElement} options.meta
 * @param {() => void} options.onclick
 */
export function moneyBubble({ class: extra, testid, data, pending, sign, title, state, middle, name, meta, onclick }) {
  return h(
    "button",
    { type: "button", class: `money-bubble ${extra}${pending ? "" : " settled"}`, testid, data, onclick },
    h("span", { class: "money-front" }, sign, h("span", { class: "money-words" }, title, state)),
    middle,
    h("span", { class: "money-foot" }, h("span", { class: "money-kind" }, name), meta),
  );
}
