import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { serverClock } from "../../main/resources/web/client/server-clock.js";
import { DayWatch } from "../../main/resources/web/text/day-watch.js";
import { clock, day } from "../../main/resources/web/text/time.js";

const MINUTE = 60_000;
const evening = new Date(2026, 5, 15, 23, 50).getTime();
const iso = (ms) => new Date(ms).toISOString();
const zone = process.env.TZ;
let days, ticks, watch;

beforeEach(() => {
  mock.timers.enable({ apis: ["Date", "setTimeout"], now: evening });
  [days, ticks] = [0, 0];
  watch = new DayWatch();
  watch.on("day", () => days++);
  watch.on("tick", () => ticks++);
  watch.start();
});
afterEach(() => {
  watch.stop();
  process.env.TZ = zone ?? "";
  if (zone === undefined) delete process.env.TZ;
  mock.timers.reset();
  serverClock.observe(iso(Date.now()));
});

test("midnight_emitsDay", () => {
  assert.equal(day(iso(evening)), "Today");
  mock.timers.tick(10 * MINUTE - 1);
  assert.equal(days, 0);
  mock.timers.tick(2);
  assert.equal(days, 1);
  assert.equal(day(iso(evening)), "Yesterday");
  mock.timers.tick(10 * MINUTE);
  assert.equal(days, 1);
});

test("texts_areRedrawnTwiceAMinute", () => {
  for (let i = 0; i < 10; i++) mock.timers.tick(30_000);
  assert.equal(ticks, 10);
});

test("clockCorrected_intoAnotherDay_emitsDay", () => {
  serverClock.observe(iso(evening + 30 * MINUTE));
  assert.equal(days, 1);
  serverClock.observe(iso(evening + 31 * MINUTE));
  assert.equal(days, 1);
});

test("timeZoneChanged_dropsFormats", () => {
  process.env.TZ = "Europe/Rome";
  watch.check();
  const rome = clock("2026-06-15T12:00:00Z");
  const before = days;
  process.env.TZ = "Asia/Shanghai";
  watch.check();
  assert.equal(days, before + 1);
  assert.notEqual(clock("2026-06-15T12:00:00Z"), rome);
});
