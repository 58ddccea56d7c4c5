import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../main/resources/web/store/drafts.js";
import { FakeStorage } from "./fakes.js";

const DRAFT = {
  text: "Ask @Bo",
  mentions: [{ user: "bo", at: 4, length: 3 }],
  editing: 7,
  before: { text: "later", mentions: [], replyTo: 3 },
};

test("draft_isRestoredWhole_andRemovedWhenEmpty", () => {
  const storage = new FakeStorage();
  const drafts = new Drafts(storage, "u");
  drafts.set("c", DRAFT);
  assert.deepEqual(new Drafts(storage, "u").get("c"), DRAFT);
  assert.deepEqual(new Drafts(storage, "other").get("c"), { text: "", mentions: [] });
  drafts.set("c", { text: "", mentions: [], editing: 7, before: DRAFT.before });
  assert.equal(drafts.get("c").before.text, "later", "an edit may be empty while it is written");
  drafts.set("c", { text: " ", mentions: [] });
  assert.equal(storage.length, 0);
});

test("draft_ofAnEarlierVersionOrMalformed_isRead", () => {
  const storage = new FakeStorage();
  const drafts = new Drafts(storage, "u");
  storage.setItem(`${drafts.prefix}c`, JSON.stringify({ text: "old", replyTo: 3 }));
  assert.deepEqual(drafts.get("c"), { text: "old", mentions: [], replyTo: 3 });
  storage.setItem(`${drafts.prefix}c`, "{");
  assert.deepEqual(drafts.get("c"), { text: "", mentions: [] });
});

test("onStorage_ofAnotherTabsDraft_emitsItsConversation", () => {
  const drafts = new Drafts(new FakeStorage(), "u");
  const changed = [];
  drafts.on("changed", (conversation) => changed.push(conversation));
  for (const key of ["hongyan.draft.u.c", "hongyan.draft.other.c", "hongyan.outbox.u.c", null]) drafts.onStorage(key);
  assert.deepEqual(changed, ["c"]);
});
