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
