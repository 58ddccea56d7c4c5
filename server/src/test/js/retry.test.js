import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { requestWithRetry } from "../../main/resources/web/client/retry.js";
import { Emitter } from "../../main/resources/web/client/emitter.js";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { settle } from "./fakes.js";

/** A connection that answers with the errors it was given, then with success. */
class Line extends Emitter {
  state = "online";
  errors = [];
  asked = 0;

  async request() {
    this.asked++;
    const error = this.errors.shift();
    if (error) throw new HongyanError(error);
    return { done: true };
  }

  become(state) {
    this.state = state;
    this.emit("state", state);
  }
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => mock.timers.reset());

test("request_whenUnavailable_waitsForTheGivenDelay", async () => {
  const line = new Line();
  line.errors = [{ kind: "unavailable", retryAfterMs: 300 }];
  const answer = requestWithRetry(line, "sync", {}, 5_000);
  await settle();
  mock.timers.tick(299);
  await settle();
  assert.equal(line.asked, 1);
  mock.timers.tick(1);
  assert.deepEqual(await answer, { done: true });
});

test("request_whenDisconnected_isSentAgainOnTheNextConnection", async () => {
  const line = new Line();
  line.errors = [{ kind: "disconnected" }];
  line.request = ((request) => async () => {
    const answer = request.call(line);
    if (line.asked === 1) line.become("connecting");
    return answer;
  })(line.request);
  const answer = requestWithRetry(line, "sync", {}, 5_000);
  for (let i = 0; i < 3; i++) {
    await settle();
    mock.timers.tick(100);
  }
  assert.equal(line.asked, 1, "there is no connection");
  line.become("online");
  assert.deepEqual(await answer, { done: true });
});

test("request_whenRefused_isNotRepeated", async () => {
  const line = new Line();
  line.errors = [{ kind: "forbidden", reason: "group.role" }];
  await assert.rejects(requestWithRetry(line, "group.rename", {}, 5_000), { reason: "group.role" });
  assert.equal(line.asked, 1);
});

test("request_withoutConnectionInTime_isOffline", async () => {
  const line = new Line();
  line.state = "connecting";
  const late = assert.rejects(requestWithRetry(line, "sync", {}, 1_000), { kind: "offline" });
  await settle();
  mock.timers.tick(1_000);
  await late;
  assert.equal(line.asked, 0);
});

test("request_cancelledWhileOffline_isNotSent", async () => {
  const line = new Line();
  line.state = "connecting";
  let shouldSend = true;
  const over = assert.rejects(
    requestWithRetry(line, "envelope.send", {}, 60_000, () => shouldSend),
    { reason: "client.given_up" },
  );
  await settle();
  shouldSend = false;
  line.become("online");
  await over;
  assert.equal(line.asked, 0);
});

test("request_whenTheConnectionStops_failsImmediately", async () => {
  const line = new Line();
  line.state = "connecting";
  const over = assert.rejects(requestWithRetry(line, "sync", {}, 60_000), { kind: "offline" });
  await settle();
  line.become("signed-out");
  await over;
});

test("request_atTheDeadline_hasTheLastError", async () => {
  const line = new Line();
  line.errors = [{ kind: "limited", retryAfterMs: 9_000 }];
  await assert.rejects(requestWithRetry(line, "sync", {}, 5_000), { kind: "limited" });
});
