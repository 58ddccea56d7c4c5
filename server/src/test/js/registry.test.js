import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import features from "../../main/resources/web/features/index.js";
import { Registry } from "../../main/resources/web/registry.js";
import { Conversation } from "../../main/resources/web/store/conversation.js";
import { Store } from "../../main/resources/web/store/store.js";
import { previewText } from "../../main/resources/web/views/entry-text.js";
import { FakeClient, message } from "./fakes.js";

const web = fileURLToPath(new URL("../../main/resources/web/", import.meta.url));

/** A feature with every part that can be asked for without a page. */
function polls(fields = {}) {
  return {
    name: "polls",
    store: ({ client }) => new Polls(client),
    entries: {
      vote: {
        line: (store, { content }) => `Vote for ${content.option}`,
        isBubble: (store) => store.part("polls").enabled,
        bubble: (app, { content }) => ({ deps: [content.option], make: () => content.option }),
        namesSender: true,
      },
    },
    contents: {
      poll: {
        line: (store, { content }) => `[Poll] ${content.question}`,
        body: (app, { content }) => ({ deps: [], make: () => content.question }),
      },
    },
    composerItems: [
      {
        label: "polls.new",
        icon: "poll",
        testid: "menu-poll",
        available: (app, id) => id === "group",
        choose: () => {},
      },
    ],
    chatActions: [{ label: "polls.start", available: (app, id) => id === "group", choose: () => {} }],
    chatBars: [
      { key: "poll", show: (app, id) => (id === "group" ? { deps: [id], make: () => "bar" } : undefined) },
      { key: "poll-2", show: () => undefined },
    ],
    overlays: [() => ({ element: "card" })],
    profileItems: [{ label: "polls.of", icon: "poll", testid: "polls-of", choose: () => {} }],
    sidebarItems: [{ label: "polls.title", icon: "poll", testid: "polls-open", route: "polls" }],
    routes: { polls: { open: () => {} } },
    errors: { "poll.closed": "polls.closed", "poll.limit": { text: "polls.limit", wait: true } },
    extensions: { charts: { colours: 3 } },
    ...fields,
  };
}

class Polls {
  enabled = true;
  calls = [];

  constructor(client) {
    client.on("poll.voted", ({ poll }) => this.calls.push(poll));
  }

  clear() {
    this.calls.push("clear");
  }

  deleteLocalData() {
    this.calls.push("deleteLocalData");
  }
}

function registryOf(...added) {
  const registry = new Registry();
  for (const feature of added) registry.add(feature);
  return registry;
}

function storeOf(...added) {
  const client = new FakeClient();
  client.session = { updateUser() {} };
  return { client, store: new Store(client, registryOf(...added)) };
}

const vote = message(1, { kind: "vote", content: { option: "tea" }, summary: "Vote" });
const poll = message(2, { content: { type: "poll", question: "Tea?" }, summary: "Poll" });

test("features_ofTheProduct_canBeRegisteredTogether", () => {
  assert.deepEqual(
    registryOf(...features).all.map(({ name }) => name),
    features.map(({ name }) => name),
  );
});

test("add_ofADuplicateKey_throws", () => {
  assert.throws(() => registryOf(polls(), polls()), /feature "polls" is already registered/);
  const other = (fields) => () => registryOf(polls(), { name: "other", ...fields });
  assert.throws(other({ entries: polls().entries }), /entry kind "vote" is already registered/);
  assert.throws(other({ contents: polls().contents }), /content type "poll" is already registered/);
  assert.throws(other({ routes: polls().routes }), /route "polls" is already registered/);
  assert.throws(other({ errors: polls().errors }), /error reason "poll.closed" is already registered/);
  assert.throws(other({ routes: { settings: {} } }), /route "settings" is already registered/);
  const registry = registryOf(polls());
  assert.throws(() => registry.add({ name: "other", contents: { chart: {} }, errors: polls().errors }));
  assert.equal(registry.all.length, 1);
  assert.equal(registry.content(message(1, { content: { type: "chart" } })), undefined);
});

test("isBubble_isDecidedByTheFeatureOfTheKind", () => {
  const { store } = storeOf(polls());
  const { features: registry } = store;
  assert.equal(registry.isBubble(store, vote), true);
  assert.equal(registry.bubble({ store }, vote).make(), "tea");
  store.part("polls").enabled = false;
  assert.equal(registry.isBubble(store, vote), false);
  assert.equal(registry.isBubble(store, message(3, { kind: "unknown" })), false);
  assert.equal(registry.isBubble(store, message(4)), true);
  assert.equal(registry.isBubble(store, message(5, { recalled: true })), false);
});

test("content_isFoundByType_andNoneForTexts", () => {
  const registry = registryOf(polls());
  assert.equal(registry.content(poll).body({}, poll).make(), "Tea?");
  assert.equal(registry.content(message(1)), undefined);
  assert.equal(registry.content({ ...poll, kind: "vote" }), undefined);
});

test("recall_keepsOnlyOwnTexts", async () => {
  const { client, store } = storeOf(polls());
  client.recall = async () => {};
  const conversation = new Conversation("c", "me", 0);
  store.conversations.set("c", conversation);
  const own = { ...poll, sender: "me" };
  const entries = [message(1, { sender: "me" }), own, message(3)];
  conversation.append(entries.map((entry) => ({ entry, asOf: entry.seq })));
  for (const { seq } of entries) await store.recall("c", seq);
  assert.deepEqual([...store.recalledTexts], [["c/1", { type: "text", text: "message 1" }]]);
});

test("previewText_isTheFeaturesLine_elseTheSummary", () => {
  const { store } = storeOf(polls());
  assert.equal(previewText(store, vote), "Vote for tea");
  assert.equal(previewText(store, poll), "[Poll] Tea?");
  assert.equal(previewText(store, message(3, { content: { type: "text", text: "a\n b" } })), "a b");
  assert.equal(previewText(store, message(4, { kind: "unknown", content: {}, summary: "Something" })), "Something");
  assert.equal(previewText(store, message(5, { content: { type: "unknown" }, summary: "A file" })), "A file");
  assert.equal(previewText(store, message(6, { kind: "unknown", content: {} })), "");
});

test("namesSender_isTrueForMessagesAndMarkedKinds", () => {
  const registry = registryOf(polls());
  assert.deepEqual(
    ["message", "vote", "group"].map((kind) => registry.namesSender(kind)),
    [true, true, false],
  );
});

test("listMarks_areThoseOfAllFeatures_thatHaveSomethingToShow", () => {
  const marked = (id) => (app, conversation) => (conversation === id ? { icon: id, label: "polls.title" } : undefined);
  const registry = registryOf({ name: "one", listMarks: [marked("a"), marked("b")] }, { name: "two", listMarks: [] });
  assert.deepEqual(registry.listMarks({}, "b"), [{ icon: "b", label: "polls.title" }]);
  assert.deepEqual(registry.listMarks({}, "c"), []);
});

test("items_areFilteredByAvailability_inOrderOfRegistration", () => {
  const other = polls({ name: "other", entries: {}, contents: {}, routes: {}, errors: {} });
  other.composerItems = [{ label: "other.new", choose: () => {} }];
  const registry = registryOf(other, polls());
  const labels = (items) => items.map(({ label }) => label);
  assert.deepEqual(labels(registry.composerItems({}, "group")), ["other.new", "polls.new"]);
  assert.deepEqual(labels(registry.composerItems({}, "direct")), ["other.new"]);
  assert.deepEqual(labels(registry.chatActions({}, "group")), ["polls.start", "polls.start"]);
  assert.deepEqual(labels(registry.chatActions({}, "direct")), []);
  assert.deepEqual(
    registry.chatBars({}, "group").map(({ key, deps, make }) => [key, deps, make()]),
    Array(2).fill(["poll", ["group"], "bar"]),
  );
  assert.deepEqual(registry.chatBars({}, "direct"), []);
  assert.deepEqual(
    registry.overlays.map((create) => create({}).element),
    ["card", "card"],
  );
  assert.deepEqual(labels(registry.profileItems({}, "bob")), ["polls.of", "polls.of"]);
  assert.deepEqual(labels(registry.sidebarItems), ["polls.title", "polls.title"]);
});

test("routesErrorsAndExtensions_areFoundByName", () => {
  const registry = registryOf(polls());
  assert.ok(registry.route("polls"));
  assert.equal(registry.route("other"), undefined);
  assert.equal(registry.route(null), undefined);
  assert.equal(registry.error("poll.closed"), "polls.closed");
  assert.deepEqual(registry.error("poll.limit"), { text: "polls.limit", wait: true });
  assert.deepEqual(registry.extensions("charts"), [{ colours: 3 }]);
  assert.deepEqual(registry.extensions("other"), []);
});

test("store_createsTheStatesOfFeatures_andClearsThemForAnotherUser", () => {
  const { client, store } = storeOf(polls());
  client.emit("poll.voted", { poll: "p" });
  client.emit("user", { id: "eve" });
  store.deleteLocalData();
  assert.deepEqual(store.part("polls").calls, ["p", "clear", "deleteLocalData"]);
  assert.equal(store.part("other"), undefined);
});

test("wallet_namesNoFeatureThatDependsOnIt", () => {
  for (const name of readdirSync(`${web}features/wallet`, { recursive: true }).filter((name) => name.includes("."))) {
    assert.doesNotMatch(readFileSync(`${web}features/wallet/${name}`, "utf8"), /envelope/i, name);
  }
});
test("coreFiles_nameNoFeature", () => {
  const names = /envelope|wallet|transfer(?!s\.concurrent)|poll|hongbao|红包|\bmoney|payment|\bproof/i;
  const core = readdirSync(web, { recursive: true }).filter(
    (name) => /\.(js|css|svg|html|json)$/.test(name) && !name.startsWith("features/"),
  );
  assert.ok(core.length > 50);
  for (const name of core) {
    for (const [i, line] of readFileSync(web + name, "utf8")
      .split("\n")
      .entries()) {
      assert.doesNotMatch(line, names, `${name}:${i + 1}`);
    }
  }
});
