import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { UserDirectory } from "../../main/resources/web/store/user-directory.js";
import { FakeClient, settle } from "./fakes.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const ada = { id: "ada", displayName: "Ada" };

test("get_ofAUserWhomASyncNamed_sendsNoRequest", () => {
  const client = new FakeClient();
  const users = new UserDirectory(client);
  client.emit("users", [ada]);
  assert.deepEqual(users.get("ada"), ada);
  mock.timers.tick(1_000);
  assert.equal(client.count("users.get"), 0);
});

test("get_ofUnknownUsers_requestsThemTogether_once", async () => {
  const client = new FakeClient();
  const users = new UserDirectory(client);
  client.answers["users.get"] = { users: [ada] };
  for (const id of ["ada", "bo", "ada"]) assert.equal(users.get(id), undefined);
  mock.timers.tick(30);
  await settle();
  assert.deepEqual(client.asked, [["users.get", { users: ["ada", "bo"] }]]);
  assert.deepEqual(users.get("ada"), ada);
  assert.equal(users.get("bo").deleted, true);
});

for (const event of ["welcome", "syncRequired"]) {
  test(`get_after_${event}_requestsAgain_andShowsTheKnownProfileMeanwhile`, async () => {
    const client = new FakeClient();
    const users = new UserDirectory(client);
    client.emit("users", [ada, { id: "bo", displayName: "Bo" }]);
    let redraws = 0;
    users.on("changed", () => redraws++);
    client.answers["users.get"] = ({ users: ids }) => ({ users: ids.map((id) => ({ id, displayName: `new ${id}` })) });

    client.emit(event, { features: [] });
    assert.equal(redraws, 1, "what shows them asks for them");
    assert.equal(users.get("ada").displayName, "Ada");
    mock.timers.tick(30);
    await settle();

    assert.deepEqual(client.asked.at(-1), ["users.get", { users: ["me", "ada"] }], "only those who are shown");
    assert.equal(users.get("ada").displayName, "new ada");
    assert.equal(client.user.displayName, "new me", "renamed on another device");
    users.get("ada");
    mock.timers.tick(30);
    assert.equal(client.count("users.get"), 1);
  });
}

test("profilePushedDuringARequest_isKept", async () => {
  const client = new FakeClient();
  const users = new UserDirectory(client);
  let answer;
  client.answers["users.get"] = () => new Promise((resolve) => (answer = resolve));
  users.get("ada");
  mock.timers.tick(30);
  client.emit("profile", { user: { id: "ada", displayName: "Newer" } });
  answer({ users: [ada] });
  await settle();
  assert.equal(users.get("ada").displayName, "Newer");
});

test("watch_changedOften_isSentOncePerPause", () => {
  const client = new FakeClient();
  const users = new UserDirectory(client);
  client.answers["presence.watch"] = { presence: [] };
  for (const user of ["a", "b", "c"]) users.watch([user]);
  assert.equal(client.count("presence.watch"), 1);
  mock.timers.tick(2_000);
  assert.deepEqual(client.asked.at(-1), ["presence.watch", { users: ["c"] }]);
  mock.timers.tick(10_000);
  assert.equal(client.count("presence.watch"), 2);
});

test("becameActive_userWhoWasHidden_isWatchedAgain", async () => {
  const client = new FakeClient();
  const users = new UserDirectory(client);
  client.answers["presence.watch"] = { presence: [{ user: "a", online: true }] };
  users.watch(["a", "b"]);
  await settle();
  mock.timers.tick(2_000);
  users.becameActive(["a", "c"]);
  assert.equal(client.count("presence.watch"), 1, "already shown, or not watched");

  users.becameActive(["b"]);
  users.becameActive(["b"]);
  assert.deepEqual(client.asked.at(-1), ["presence.watch", { users: ["a", "b"] }]);
  assert.equal(client.count("presence.watch"), 2, "not more often than once per pause");
});
