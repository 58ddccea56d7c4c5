/**
 * Finds what makes a page hard to use with a screen reader, without a mouse or on a small phone. Runs in the page.
 * @returns {string[]} the problems, each with its element
 */
() => {
  const problems = [];
  const INTERACTIVE =
    "a[href], button, input, select, textarea, summary, " +
    "[role=button], [role=menuitem], [role=checkbox], [role=switch], [role=option]";

  const visible = (element) => element.checkVisibility({ opacityProperty: false, visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const hidden = (element) => element.closest("[aria-hidden=true], .visually-hidden") !== null;
  /** While a dialog is open, only its elements can be used. */
  const modal = document.querySelector("dialog:modal");
  const usable = (element) => !modal || modal.contains(element);

  function describe(element) {
    const { tagName, className, dataset } = element;
    const name = typeof className === "string" && className ? `.${className.trim().replaceAll(/\s+/g, ".")}` : "";
    const testId = dataset.testid ? ` ${dataset.testid}` : "";
    return `<${tagName.toLowerCase()}${name}${testId}> ${element.textContent.trim().slice(0, 40)}`;
  }
  const report = (what, element) => problems.push(element ? `${what}: ${describe(element)}` : what);

  // Names

  function textOf(element) {
    if (element.nodeType === Node.TEXT_NODE) return element.textContent;
    if (element.nodeType !== Node.ELEMENT_NODE || element.getAttribute("aria-hidden") === "true") return "";
    if (element.tagName === "IMG") return element.alt;
    return element.getAttribute("aria-label") ?? [...element.childNodes].map(textOf).join(" ");
  }

  function nameOf(element) {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const label = element.getAttribute("aria-label") ?? [...(element.labels ?? [])].map(textOf).join(" ");
    if (label.trim()) return label;
    return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) ? "" : textOf(element);
  }

  for (const element of all(INTERACTIVE)) {
    if (!nameOf(element).trim()) report("has no name", element);
    if (element.parentElement.closest("a[href], button")) report("is inside another control", element);
  }
  for (const image of all("img")) if (!image.hasAttribute("alt")) report("has no alternative text", image);
  for (const svg of all("svg")) {
    if (!hidden(svg) && !(svg.getAttribute("role") === "img" && svg.getAttribute("aria-label"))) {
      report("is neither named nor hidden", svg);
    }
  }
  for (const dialog of all("dialog, [role=dialog]")) if (!nameOf(dialog).trim()) report("has no name", dialog);

  // Structure

  if (all("h1").length !== 1) report(`there are ${all("h1").length} headings of the first level`);
  // A phone shows one pane at a time, and only one pane is the main landmark.
  if (all("main").length > 1) report(`there are ${all("main").length} main landmarks`);
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6").filter(usable)) {
    const next = Number(heading.tagName[1]);
    if (level > 0 && next > level + 1) report(`a heading of level ${next} follows one of level ${level}`, heading);
    level = next;
  }
  const landmarks = "main, nav, aside, dialog, section[aria-label], [role=status], [aria-live], .layer";
  for (const element of all(INTERACTIVE)) if (!element.closest(landmarks)) report("is in no landmark", element);
  for (const list of all("ul:not([role]), ol:not([role])")) {
    for (const child of list.children) if (child.tagName !== "LI") report("is in a list and no item", child);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) report(`the id ${id} is there twice`);
  for (const name of ["aria-controls", "aria-labelledby", "aria-describedby", "aria-activedescendant"]) {
    for (const element of all(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(/\s+/)) {
        if (!document.getElementById(id)) report(`${name} names ${id}, which is not there`, element);
      }
    }
  }
  for (const element of document.querySelectorAll("[tabindex]")) {
    if (element.tabIndex > 0) report("has a place of its own in the tab order", element);
  }
  if (!document.documentElement.lang) report("the page has no language");

  // Space

  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    report(`the page is ${document.documentElement.scrollWidth} wide and the screen ${width}`);
  }
  for (const element of all("body *")) {
    const { overflowX } = getComputedStyle(element);
    if (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth + 1) {
      report(`scrolls sideways (${element.scrollWidth} in ${element.clientWidth})`, element);
    }
  }
  for (const element of all(INTERACTIVE).filter(usable)) {
    if (hidden(element) || element.type === "radio") continue;
    const box = element.getBoundingClientRect();
    // A link within a sentence has the height of its text.
    const inText = getComputedStyle(element).display === "inline" || element.matches("p > .link, li > .link");
    if (box.right > width + 1 || box.left < -1) report("reaches out of the screen", element);
    if (!inText && (box.width < 24 || box.height < 24)) {
      report(`is smaller than a finger tip (${Math.round(box.width)}×${Math.round(box.height)})`, element);
    }
  }

  // Contrast

  function rgba(color) {
    const canvas = (rgba.canvas ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  }
  const over = (top, below) => {
    const mix = (key) => top[key] * top.a + below[key] * (1 - top.a);
    return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
  };
  function luminance({ r, g, b }) {
    const [x, y, z] = [r, g, b].map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  }
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  /** The color behind a text, or null if that is a picture. */
  function behind(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      const color = rgba(style.backgroundColor);
      if (color.a > 0) layers.push(color);
      if (color.a === 1 || at.tagName === "DIALOG") break;
    }
    return layers.reduceRight((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  }
  function reachesOut(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, right } = range.getBoundingClientRect();
    if (left >= -1 && right <= width + 1) return false;
    for (let at = node.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).textOverflow === "ellipsis") return false;
    }
    return true;
  }
  const EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Component}\s]*$/u;
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const written = node.textContent.trim();
    if (!written || EMOJI.test(written) || !visible(element) || seen.has(element) || !usable(element)) continue;
    seen.add(element);
    if (element.closest(".visually-hidden, noscript")) continue;
    if (reachesOut(node)) report("its text reaches out of the screen", element);
    if (element.closest(":disabled")) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    if (!ground) continue;
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(over(rgba(style.color), ground), ground);
    if (ratio < (large ? 3 : 4.5) - 0.01) report(`its text has a contrast of ${ratio.toFixed(2)}`, element);
  }
  return problems;
};
