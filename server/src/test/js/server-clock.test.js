import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { serverClock, ServerClock } from "../../main/resources/web/client/server-clock.js";
import { ago, day, shortTime } from "../../main/resources/web/text/time.js";

const HOUR = 3_600_000;
const server = Date.UTC(2026, 5, 15, 12);
const iso = (ms) => new Date(ms).toISOString();

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: server + HOUR }));
afterEach(() => {
  serverClock.observe(iso(Date.now()));
  mock.timers.reset();
});

test("now_deviceAnHourFast_isTheServersTime", () => {
  const clock = new ServerClock();
  assert.equal(clock.now(), server + HOUR, "until the server has said more");
  clock.observe(iso(server));
  assert.equal(clock.now(), server);
  mock.timers.tick(500);
  assert.equal(clock.iso(), iso(server + 500));
});

test("observe_answerOfAPing_countsHalfOfTheRoundTrip", () => {
  const clock = new ServerClock();
  const sentAt = Date.now();
  mock.timers.tick(400);
  clock.observe(iso(server + 200), sentAt);
  assert.equal(clock.now(), server + 400);
});

test("observe_corrected_isEmittedOnlyForJumps", () => {
  const clock = new ServerClock();
  let jumps = 0;
  clock.on("corrected", () => jumps++);
  for (const [time, expected] of [[server, 1], [server + 900, 1], [server - HOUR, 2], [undefined, 2], ["soon", 2]]) {
    clock.observe(typeof time === "number" ? iso(time) : time);
    assert.equal(jumps, expected, String(time));
  }
  assert.equal(clock.now(), server - HOUR, "a malformed time is ignored");
});

test("texts_deviceAnHourFast_areThoseOfTheServersTime", () => {
  assert.equal(ago(iso(server)), "1 hour ago", "by the device's clock");
  serverClock.observe(iso(server));
  assert.equal(ago(iso(server)), "just now");
});

test("texts_deviceADayFast_sayToday", () => {
  serverClock.observe(iso(server - 23 * HOUR));
  assert.equal(day(iso(server - 23 * HOUR)), "Today");
  assert.match(shortTime(iso(server - 23 * HOUR)), /\d:\d\d/);
});
