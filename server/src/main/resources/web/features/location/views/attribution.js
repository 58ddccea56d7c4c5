import { h } from "../../../views/dom.js";

const URL_IN_TEXT = /(https:\/\/[^\s<>"')]+)/;

/** Whose map it is: text of the server's settings, in which addresses become links. @param {string} text */
export function attributionView(text) {
  const parts = text.split(URL_IN_TEXT).map((part, i) => (i % 2 ? link(part) : part));
  return h("p", { class: "location-attribution", testid: "location-attribution" }, ...parts);
}

/** @param {string} href */
function link(href) {
  const name = href.replace(/^https:\/\/(www\.)?/, "").replace(/\/.*$/, "");
  return h("a", { class: "link", href, target: "_blank", rel: "noopener noreferrer" }, name);
}
