import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Router } from "../../main/resources/web/views/router.js";
import { seeded } from "./fakes.js";

const WEB = new URL("../../main/resources/web/", import.meta.url);
const LIST = { conversation: null, details: false, route: null };

/** Opens a router at this address, then changes the address, as a user does in the address bar. */
function visit(hash, later = hash) {
  const listeners = {};
  globalThis.location = { hash, pathname: "/", search: "?%E0%A4%A" };
  globalThis.history = { state: null, pushState() {}, replaceState() {}, back() {} };
  globalThis.addEventListener = (type, listener) => (listeners[type] = listener);
  const router = new Router();
  globalThis.location.hash = later;
  listeners.hashchange();
  return router.place;
}

test("place_ofEachAddress_isAPlaceOrTheList", () => {
  const table = {
    "": LIST,
    "#": LIST,
    "#c/x1": { ...LIST, conversation: "x1" },
    "#c/x1/details": { ...LIST, conversation: "x1", details: true },
    "#c/a%2Fb": { ...LIST, conversation: "a/b" },
    "#c": LIST,
    "#c/": LIST,
    "#c/%E0%A4%A": LIST,
    "#c/%E0%A4%A/details": LIST,
    "#c/%": LIST,
    "#c/%zz": LIST,
    "#c/%ED%A0%80": LIST,
    "#settings": { ...LIST, route: "settings" },
    "#%E0%A4%A": { ...LIST, route: "%E0%A4%A" },
  };
  for (const [hash, place] of Object.entries(table)) {
    assert.deepEqual(visit(hash), place, `opened at ${hash}`);
    assert.deepEqual(visit("", hash), place, `changed to ${hash}`);
  }
});

test("place_ofRandomAddresses_neverThrows", () => {
  const parts = ["c/", "c", "/", "%", "%E0", "%A4", "%2F", "%00", "details", "settings", "é", "#", "?", "__proto__"];
  for (let seed = 1; seed <= 5_000; seed++) {
    const random = seeded(seed * 7919);
    const hash = `#${Array.from({ length: random() * 7 }, () => parts[Math.floor(random() * parts.length)]).join("")}`;
    assert.doesNotThrow(() => visit(hash), `seed ${seed}: ${hash}`);
  }
});

test("sources_decodeTheAddress_inOnePlace", () => {
  const files = readdirSync(WEB, { recursive: true }).filter((file) => /\.(js|html)$/.test(file));
  const direct = files.filter((file) => /\bdecodeURI(Component)?\b/.test(readFileSync(new URL(file, WEB), "utf8")));
  assert.deepEqual(direct, ["text/address.js"], "decodeURIComponent throws: use decodeAddress");
});
