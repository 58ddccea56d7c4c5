import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { FakeStorage } from "./fakes.js";

const script = readFileSync(new URL("../../main/resources/web/first-paint.js", import.meta.url), "utf8");

class HTMLScriptElement {
  constructor(type) {
    this.type = type;
  }
}

class HTMLLinkElement {
  constructor(rel) {
    this.relList = { contains: (token) => token === rel };
  }
}

const module = new HTMLScriptElement("module");

/** Runs the script in a new page, and returns the pauses before the reloads that the page has scheduled. */
function open(sessionStorage, ...missing) {
  const listeners = {};
  const pauses = [];
  const page = {
    HTMLScriptElement,
    HTMLLinkElement,
    localStorage: new FakeStorage(),
    location: { hash: "", reload() {} },
    document: { documentElement: { dataset: {} }, querySelector: () => null },
    matchMedia: () => ({ matches: false, addEventListener() {} }),
    addEventListener: (type, listener) => (listeners[type] = listener),
    removeEventListener: (type) => delete listeners[type],
    setTimeout: (_, ms) => pauses.push(ms),
    sessionStorage,
  };
  runInNewContext(script, page);
  for (const target of missing) listeners.error({ target });
  listeners.load();
  assert.equal(listeners.error, undefined);
  return pauses;
}

test("missingModuleOrStyleSheet_reloadsThePageOnce", () => {
  assert.equal(open(new FakeStorage(), module).length, 1);
  assert.equal(open(new FakeStorage(), new HTMLLinkElement("stylesheet")).length, 1);
  assert.equal(open(new FakeStorage(), module, module).length, 1);
});

test("missingIconOrManifest_doesNotReloadThePage", () => {
  const files = [new HTMLLinkElement("icon"), new HTMLLinkElement("manifest"), new HTMLScriptElement(""), {}];
  assert.deepEqual(open(new FakeStorage(), ...files), []);
});

test("fileMissingForLong_reloadsFiveTimesWithGrowingPauses", () => {
  const sessionStorage = new FakeStorage();
  for (const longest of [2_000, 4_000, 8_000, 16_000, 32_000]) {
    const [pause] = open(sessionStorage, module);
    assert.ok(pause >= longest / 2 && pause <= longest, `${pause} of ${longest}`);
  }
  assert.deepEqual(open(sessionStorage, module), []);
});

test("completePage_resetsTheCount", () => {
  const sessionStorage = new FakeStorage();
  for (let i = 0; i < 6; i++) open(sessionStorage, module);
  open(sessionStorage);
  const [pause] = open(sessionStorage, module);
  assert.ok(pause <= 2_000);
});

test("forbiddenStorage_doesNotReloadThePage", () => {
  const forbid = () => {
    throw new Error("forbidden");
  };
  const sessionStorage = { getItem: forbid, removeItem: forbid };
  assert.deepEqual(open(sessionStorage, module), []);
  assert.deepEqual(open(sessionStorage), []);
});

test("themeThatStorageRefuses_isAppliedHere_untilAnotherTabChoosesOne", () => {
  const listeners = {};
  const dataset = {};
  const localStorage = new FakeStorage();
  localStorage.setItem("hongyan.theme", "dark");
  localStorage.full = true;
  runInNewContext(script, {
    localStorage,
    location: { hash: "" },
    document: { documentElement: { dataset }, querySelector: () => null },
    matchMedia: () => ({ matches: false, addEventListener() {} }),
    addEventListener: (type, listener) => (listeners[type] = listener),
  });
  assert.equal(dataset.theme, "dark");
  listeners["hongyan-theme"]({ type: "hongyan-theme", detail: "light" });
  assert.equal(dataset.theme, "light");
  listeners.storage({ type: "storage", key: "hongyan.session" });
  assert.equal(dataset.theme, "light");
  listeners.storage({ type: "storage", key: "hongyan.theme" });
  assert.equal(dataset.theme, "dark");
});
