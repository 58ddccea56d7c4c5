import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../main/resources/web/client/session.js";
import { FakeStorage, settle } from "./fakes.js";

/** The server's side of refresh tokens: they rotate, and the direct predecessor is answered with the same pair. */
class Accounts {
  rotations = 0;
  current = "r0";
  previous = null;
  down = false;

  fetch = async (url, { method, body, headers }) => {
    if (this.down) throw new TypeError("fetch failed");
    const path = String(url).split("/api/v1/")[1];
    const data = body ? JSON.parse(body) : {};
    if (path === "sessions" && method === "POST") return this.answer(201, this.pair());
    if (path === "sessions/refresh") return this.refresh(data.refreshToken);
    const valid = headers.authorization === `Bearer a${this.rotations}`;
    return valid ? this.answer(200, { id: "u" }) : this.errorText(401, "unauthenticated", "token.expired");
  };

  refresh(token) {
    if (token === this.previous) return this.answer(200, this.pair());
    if (token !== this.current) return this.errorText(401, "unauthenticated", "session.revoked");
    this.previous = this.current;
    this.current = `r${++this.rotations}`;
    return this.answer(200, this.pair());
  }

  pair() {
    const user = { id: "u", displayName: "U" };
    return { user, session: "s", accessToken: `a${this.rotations}`, refreshToken: this.current, expiresIn: 900 };
  }

  answer(status, body) {
    return new Response(JSON.stringify(body), { status });
  }

  errorText(status, kind, reason) {
    return this.answer(status, { kind, reason, message: reason });
  }
}

/** Locks as a browser with several tabs has them. */
class Locks {
  #turn = Promise.resolve();

  request(_, work) {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

const tab = (accounts, storage, locks) => new Session({ base: "http://x/", storage, fetch: accounts.fetch, locks });

async function signedIn(accounts, storage, locks) {
  const session = tab(accounts, storage, locks);
  await session.signIn({ username: "u", password: "p" });
  return session;
}

test("signIn_storesOnlyTheRefreshToken", async () => {
  const storage = new FakeStorage();
  const session = await signedIn(new Accounts(), storage);
  const stored = storage.getItem("hongyan.session");
  assert.match(stored, /r0/);
  assert.doesNotMatch(stored, /accessToken|a0/);
  assert.equal(await session.token(), "a0");
});

for (const [name, locks] of [
  ["withLocks", new Locks()],
  ["withoutLocks", undefined],
]) {
  test(`twoTabs_refreshingAtOnce_${name}_bothStaySignedIn`, async () => {
    const accounts = new Accounts();
    const storage = new FakeStorage();
    await signedIn(accounts, storage, locks);
    for (let round = 0; round < 5; round++) {
      const tabs = [tab(accounts, storage, locks), tab(accounts, storage, locks)];
      const tokens = await Promise.all(tabs.map((session) => session.token()));
      assert.ok(tokens.every((token) => /^a\d+$/.test(token)));
      assert.ok(tabs.every((session) => session.user));
    }
    assert.equal(JSON.parse(storage.getItem("hongyan.session")).refreshToken, accounts.current);
  });
}

test("token_requestedConcurrently_refreshesOnce", async () => {
  const accounts = new Accounts();
  const storage = new FakeStorage();
  await signedIn(accounts, storage);
  const session = tab(accounts, storage);
  await Promise.all(Array.from({ length: 10 }, () => session.token()));
  assert.equal(accounts.rotations, 1);
});

test("refresh_afterAnotherTabsRefresh_usesItsToken", async () => {
  const accounts = new Accounts();
  const storage = new FakeStorage();
  await signedIn(accounts, storage);
  const session = tab(accounts, storage);
  const old = accounts.fetch;
  // While our stale token is on its way, another tab rotates twice.
  session.fetch = async (url, init) => {
    session.fetch = old;
    const other = tab(accounts, storage);
    await other.token();
    await other.token("a1");
    return old(url, init);
  };
  assert.equal(await session.token(), "a3");
  assert.ok(session.user);
});

test("refresh_ofAnEndedSession_clearsIt", async () => {
  const accounts = new Accounts();
  const storage = new FakeStorage();
  await signedIn(accounts, storage);
  const session = tab(accounts, storage);
  const changes = [];
  session.on("changed", (user) => changes.push(user));
  accounts.current = "revoked";
  await assert.rejects(session.token(), { kind: "unauthenticated" });
  assert.equal(session.user, null);
  assert.equal(storage.length, 0);
  assert.deepEqual(changes, [null]);
});

test("refresh_withoutServer_keepsTheSession", async () => {
  const accounts = new Accounts();
  const storage = new FakeStorage();
  await signedIn(accounts, storage);
  const session = tab(accounts, storage);
  accounts.down = true;
  await assert.rejects(session.token(), { kind: "network" });
  assert.ok(session.user);
  accounts.down = false;
  assert.equal(await session.token(), "a1");
});

test("http_withAnExpiredToken_isRepeatedWithAFreshOne", async () => {
  const accounts = new Accounts();
  const session = await signedIn(accounts, new FakeStorage());
  accounts.refresh(accounts.current);
  assert.deepEqual(await session.http("GET", "me"), { id: "u" });
});

test("signOut_withoutServer_clearsTheSession", async () => {
  const accounts = new Accounts();
  const storage = new FakeStorage();
  const session = await signedIn(accounts, storage);
  accounts.down = true;
  await session.signOut();
  await settle();
  assert.equal(session.user, null);
  assert.equal(storage.length, 0);
});
