import assert from "node:assert/strict";
import { test } from "node:test";
import { PageWatch } from "../../main/resources/web/features/call/client/page.js";
import { settle } from "./fakes.js";

/** A page that counts how often its call is notified of each event. */
function setUp({ lock = async () => ({ release: async () => {} }) } = {}) {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const connection = new EventTarget();
  let locks = 0;
  const navigator = { connection, wakeLock: { request: () => (locks++, lock()) } };
  const scope = Object.assign(new EventTarget(), { document, navigator });
  const events = [];
  const note = (name) => () => events.push(name);
  const watch = new PageWatch({ visible: note("visible"), network: note("network"), leaving: note("leaving") }, scope);
  return { watch, scope, document, connection, events, locks: () => locks };
}

test("page_thatIsVisibleAgain_staysAwakeAgain", () => {
  const { document, events, locks } = setUp();
  assert.equal(locks(), 1);
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual([events, locks()], [[], 1]);
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual([events, locks()], [["visible"], 2]);
});

test("network_isOnlineAgain_orAnotherOne", () => {
  const { scope, connection, events } = setUp();
  scope.dispatchEvent(new Event("online"));
  connection.dispatchEvent(new Event("change"));
  assert.deepEqual(events, ["network", "network"]);
});

test("page_isClosed_butNotIfItMayReturn_orIsFrozen", () => {
  const { scope, document, events } = setUp();
  scope.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  document.dispatchEvent(new Event("freeze"));
  assert.deepEqual(events, []);
  scope.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: false }));
  assert.deepEqual(events, ["leaving"]);
});

test("close_releasesTheScreen_alsoWhenItWasJustRequested", async () => {
  let released = 0;
  const { watch, scope, events } = setUp({ lock: async () => ({ release: async () => void released++ }) });
  watch.close();
  await settle();
  assert.equal(released, 1);
  scope.dispatchEvent(new Event("online"));
  assert.deepEqual(events, []);
});

test("wakeLock_refused_isNoError", async () => {
  const { watch } = setUp({ lock: () => Promise.reject(new DOMException("low battery", "NotAllowedError")) });
  await settle();
  watch.close();
});

test("withoutAPage_nothingIsWatched", () => {
  new PageWatch({ visible() {}, network() {}, leaving() {} }, {}).close();
});
