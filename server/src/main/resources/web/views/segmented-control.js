import { h } from "./dom.js";

/**
 * A choice between a few options.
 * @param {string} name
 * @param {[string, string][]} options
 * @param {string} chosen
 * @param {(code: string) => void} choose
 */
export function segmentedControl(name, options, chosen, choose) {
  const radios = options.map(([code, label]) => {
    const input = h("input", {
      type: "radio",
      name,
      value: code,
      class: "visually-hidden",
      onchange: () => choose(code),
    });
    input.checked = code === chosen;
    return h("label", { class: "segment", testid: `${name}-${code}` }, input, h("span", {}, label));
  });
  return h("div", { class: "segments", role: "radiogroup" }, ...radios);
}
