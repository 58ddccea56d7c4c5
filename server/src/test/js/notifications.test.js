import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Emitter } from "../../main/resources/web/client/emitter.js";
import { deviceStorage } from "../../main/resources/web/client/storage.js";
import { Registry } from "../../main/resources/web/registry.js";
import { Store } from "../../main/resources/web/store/store.js";
import { showNotifications } from "../../main/resources/web/views/notifications.js";
import { FakeClient, message, settle } from "./fakes.js";

class FakeNotification extends EventTarget {
  static permission = "granted";
  static open = new Map();
  static created = 0;

  constructor(title, { body, tag }) {
    super();
    FakeNotification.created++;
    Object.assign(this, { title, body, tag });
    FakeNotification.open.get(tag)?.close();
    FakeNotification.open.set(tag, this);
  }

  close() {
    if (FakeNotification.open.get(this.tag) !== this) return;
    FakeNotification.open.delete(this.tag);
    this.dispatchEvent(new Event("close"));
  }
}

const shown = () => [...FakeNotification.open.values()].map(({ body }) => body);
let client, store, router, stop, pageListeners;

beforeEach(async () => {
  pageListeners = {};
  Object.assign(globalThis, {
    Notification: FakeNotification,
    document: { hasFocus: () => false },
    addEventListener: (type, listener) => (pageListeners[type] = listener),
    removeEventListener: (type) => delete pageListeners[type],
  });
  globalThis.window = globalThis;
  FakeNotification.open.clear();
  deviceStorage.setItem("hongyan.notifications", "1");
  client = new FakeClient();
  client.delivery = { track() {} };
  store = new Store(client, new Registry());
  router = new Emitter();
  router.go = ({ conversation }) => router.emit("changed", { conversation });
  stop = showNotifications({ store, router });
  for (const conversation of ["c", "d"]) {
    client.answers["conversation.open"] = {
      conversation: { id: conversation, kind: "direct", peer: "bob", lastSeq: 0, readSeq: 0, unread: 0 },
    };
    await store.openDirect("bob");
  }
  client.emit("users", [{ id: "bob", displayName: "Bob" }]);
  await arrive(message(1));
  await arrive(message(1, { conversation: "d" }));
  assert.deepEqual(shown(), ["message 1", "message 1"]);
});

afterEach(() => {
  stop();
  for (const name of ["Notification", "document", "window", "addEventListener", "removeEventListener"])
    delete globalThis[name];
});

async function arrive(...entries) {
  const snapshots = entries.map((entry) => ({ entry, asOf: entry.seq }));
  client.emit("entries", { conversation: entries[0].conversation, snapshots });
  await settle();
}

const change = (seq, kind, content, sender = "bob") => message(seq, { kind, content, sender, counts: false });
const open = () => [...FakeNotification.open.keys()];

test("messageRecalled_withdrawsItsNotification", async () => {
  await arrive(change(2, "recall", { seq: 1 }));
  assert.deepEqual(open(), ["d"]);
});

test("messageEdited_withdrawsItsNotification", async () => {
  await arrive(change(2, "edit", { seq: 1, content: { type: "text", text: "harmless" } }));
  assert.deepEqual(open(), ["d"]);
});

test("messageReadElsewhere_withdrawsItsNotification", async () => {
  client.emit("read", { conversation: "c", user: "bob", seq: 1 });
  await settle();
  assert.deepEqual(open(), ["c", "d"], "the sender has read it");
  client.emit("read", { conversation: "c", user: "me", seq: 1 });
  await settle();
  assert.deepEqual(open(), ["d"]);
});

test("messageReadHere_withdrawsItsNotification", async () => {
  store.markRead("c", 1);
  await settle();
  assert.deepEqual(open(), ["d"]);
});

test("conversationOpened_withdrawsItsNotification", () => {
  router.emit("changed", { conversation: null });
  assert.deepEqual(open(), ["c", "d"]);
  router.emit("changed", { conversation: "c" });
  assert.deepEqual(open(), ["d"]);
});

test("olderMessageRecalled_keepsTheNotificationOfTheNewer", async () => {
  await arrive(message(2));
  await arrive(change(3, "recall", { seq: 1 }));
  assert.deepEqual(open(), ["d", "c"]);
  await arrive(change(4, "recall", { seq: 2 }));
  assert.deepEqual(open(), ["d"]);
});

test("historyDropped_withdrawsAllNotifications", async () => {
  client.emit("restart", { conversation: null, cursor: 0 });
  await arrive(message(1, { conversation: "e" }));
  assert.deepEqual(open(), []);
});

test("userSignedOutOrPageLeft_withdrawsAllNotifications", async () => {
  pageListeners.pagehide();
  assert.deepEqual(open(), []);
  await arrive(message(2));
  assert.deepEqual(open(), ["c"]);
  stop();
  assert.deepEqual(open(), []);
  assert.equal(pageListeners.pagehide, undefined);
});

test("messageReadBeforeItsSenderIsKnown_isNotAnnounced", async () => {
  const before = FakeNotification.created;
  await arrive(message(2, { sender: "eve" }));
  client.emit("read", { conversation: "c", user: "me", seq: 2 });
  client.emit("users", [{ id: "eve", displayName: "Eve" }]);
  await settle();
  assert.equal(FakeNotification.created, before);
});
