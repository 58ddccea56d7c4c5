import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Outbox } from "../../main/resources/web/client/outbox.js";
import { Session } from "../../main/resources/web/client/session.js";
import { SafeStorage } from "../../main/resources/web/client/storage.js";
import { Hongyan } from "../../main/resources/web/hongyan.js";
import { Drafts } from "../../main/resources/web/store/drafts.js";
import { FakeStorage, seeded } from "./fakes.js";

const WEB = new URL("../../main/resources/web/", import.meta.url);
const TEST_FEATURES = new URL("../resources/web/", import.meta.url);

function deny() {
  throw new DOMException("denied", "SecurityError");
}

/** The ways in which a browser refuses storage. */
const REFUSING = {
  "its property throws": () => deny,
  "there is none": () => () => null,
  "each method throws": () => () => ({
    get length() {
      return deny();
    },
    key: deny,
    getItem: deny,
    setItem: deny,
    removeItem: deny,
  }),
  "it is full": () => {
    const storage = new FakeStorage();
    storage.full = true;
    return () => storage;
  },
};

for (const [how, find] of Object.entries(REFUSING)) {
  test(`storage_${how.replaceAll(" ", "_")}_isInMemory`, () => {
    const storage = new SafeStorage(find());
    assert.equal(storage.getItem("a"), null);
    assert.deepEqual(storage.keys(), []);
    storage.setItem("a", 1);
    storage.setItem("b", "2");
    storage.setItem("a", "3");
    assert.equal(storage.getItem("a"), "3");
    assert.deepEqual(storage.keys(), ["a", "b"]);
    storage.removeItem("a");
    storage.removeItem("unknown");
    assert.equal(storage.getItem("a"), null);
    assert.deepEqual(storage.keys(), ["b"]);
  });

  test(`session_whenStorage_${how.replaceAll(" ", "_")}_staysSignedIn`, async () => {
    let rotations = 0;
    const answers = (refreshToken) => ({
      user: { id: "u" },
      session: "s",
      accessToken: `a${rotations}`,
      refreshToken,
      expiresIn: 900,
    });
    const fetch = async (url, { body }) => {
      const { refreshToken } = JSON.parse(body);
      if (refreshToken !== undefined && refreshToken !== `r${rotations}`) return new Response("{}", { status: 401 });
      if (refreshToken !== undefined) rotations++;
      return new Response(JSON.stringify(answers(`r${rotations}`)), { status: 200 });
    };
    const locks = { request: async () => deny() };
    const session = new Session({ base: "http://x/", storage: new SafeStorage(find()), fetch, locks });
    await session.signIn({ username: "u", password: "p" });
    for (let i = 0; i < 3; i++) assert.equal(await session.token(`a${i}`), `a${i + 1}`);
    assert.equal(session.user.id, "u");
    assert.equal(session.id, "s");
    session.clear();
    assert.equal(session.id, null);
    await assert.rejects(session.token(), { kind: "unauthenticated" });
  });

  test(`hongyan_whenStorage_${how.replaceAll(" ", "_")}_starts`, () => {
    const hongyan = new Hongyan({ base: "http://x/", storage: new SafeStorage(find()) });
    hongyan.start();
    assert.equal(hongyan.user, null);
  });
}

test("exclusively_whoseWorkFails_isNotRepeated", async () => {
  let attempts = 0;
  const fetch = async () => {
    attempts++;
    throw new TypeError("no network");
  };
  const storage = new FakeStorage();
  storage.setItem("hongyan.session", JSON.stringify({ user: { id: "u" }, session: "s", refreshToken: "r" }));
  const locks = { request: (_, work) => work() };
  const session = new Session({ base: "http://x/", storage, fetch, locks });
  await assert.rejects(session.token(), { kind: "network" });
  assert.equal(attempts, 1);
});

test("storage_blockedWhileThePageIsOpen_returnsLastKnownValues", () => {
  let blocked = false;
  const browser = new FakeStorage();
  browser.setItem("read", "1");
  const storage = new SafeStorage(() => (blocked ? deny() : browser));
  storage.getItem("read");
  storage.setItem("written", "2");
  blocked = true;
  assert.deepEqual([storage.getItem("read"), storage.getItem("written")], ["1", "2"]);
  assert.deepEqual(storage.keys().sort(), ["read", "written"]);
  storage.removeItem("read");
  blocked = false;
  assert.equal(storage.getItem("read"), null, "the user removed it");
});

test("storage_fullOnlyHere_takesWhatAnotherTabStores", () => {
  const listeners = [];
  const before = globalThis.addEventListener;
  globalThis.addEventListener = (type, listener) => type === "storage" && listeners.push(listener);
  const browser = new FakeStorage();
  const storage = new SafeStorage(() => browser);
  globalThis.addEventListener = before;
  browser.setItem("token", "r0");
  browser.full = true;
  storage.setItem("token", "r1");
  assert.equal(storage.getItem("token"), "r1");
  browser.full = false;
  browser.setItem("token", "r2");
  for (const listener of listeners) listener({ key: "token" });
  assert.equal(storage.getItem("token"), "r2");
});

test("keysOfMany_areReadOnce", () => {
  let reads = 0;
  class Counting extends FakeStorage {
    key(i) {
      reads++;
      return super.key(i);
    }
  }
  const ITEMS = 200;
  const filled = (prefix) => {
    const browser = new Counting();
    for (let i = 0; i < ITEMS; i++) browser.setItem(`${prefix}${i}`, JSON.stringify({ clientId: `${i}`, order: i }));
    reads = 0;
    return new SafeStorage(() => browser);
  };
  new Outbox({ storage: filled("hongyan.outbox.u."), user: "u", send: deny });
  assert.equal(reads, ITEMS, "the outbox");
  const drafts = filled("hongyan.draft.u.");
  new Drafts(drafts, "u").clear();
  assert.equal(reads, ITEMS, "the drafts");
  assert.deepEqual(drafts.keys(), []);
});

test("storage_thatFailsAtRandom_behavesLikeAMap", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed * 7919);
    const browser = new FakeStorage();
    let failures = 0.3;
    const storage = new SafeStorage(() => (random() < failures ? deny() : browser));
    const model = new Map();
    for (let step = 0; step < 60; step++) {
      const key = `k${Math.floor(random() * 5)}`;
      browser.full = random() < 0.3;
      if (random() < 0.4) {
        storage.setItem(key, `${step}`);
        model.set(key, `${step}`);
      } else if (random() < 0.4) {
        storage.removeItem(key);
        model.delete(key);
      }
      assert.equal(storage.getItem(key), model.get(key) ?? null, `seed ${seed}, step ${step}`);
    }
    for (failures of [0, 1]) {
      const keys = storage.keys();
      assert.deepEqual(keys.sort(), [...model.keys()].sort(), `seed ${seed}`);
    }
  }
});

/** The sources of the pages, without comments: [file, text]. */
function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => /\.(js|html)$/.test(file))
    .map((file) => [file, readFileSync(new URL(file, folder), "utf8").replaceAll(/^\s*(\/?\*|\/\/).*$/gm, "")]);
}

test("sources_useStorage_onlyThroughSafeStorage", () => {
  const direct = /\b(localStorage|sessionStorage|indexedDB|cookieStore)\b|\bcaches\.|\bdocument\.cookie\b/;
  const files = [...sources(WEB), ...sources(TEST_FEATURES)].filter(([, text]) => direct.test(text));
  // The first-paint script is not a module and cannot import one. Its test denies it storage.
  assert.deepEqual(
    files.map(([file]) => file).sort(),
    ["client/storage.js", "first-paint.js"],
    "the browser's storage throws when it is blocked or full: use client/storage.js",
  );
});
