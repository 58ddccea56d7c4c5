import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { HongyanError } from "../../main/resources/web/client/errors.js";
import { ScreenLock } from "../../main/resources/web/client/screen-lock.js";
import { fixOf } from "../../main/resources/web/features/location/client/fix.js";
import { hasPin, PositionBoard, statusOf } from "../../main/resources/web/features/location/client/position-board.js";
import { PositionSource } from "../../main/resources/web/features/location/client/position-source.js";
import { ShareUpdater } from "../../main/resources/web/features/location/client/share-updater.js";
import { settle } from "./fakes.js";
import { FakeDocument, FakeGeolocation, position } from "./location-fakes.js";

const START = Date.UTC(2026, 4, 1, 12);
const iso = (ms) => new Date(ms).toISOString();

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: START }));
afterEach(() => mock.timers.reset());

/** Lets time pass in steps, so that what follows from a timer happens at its time. */
async function pass(ms) {
  await settle(2);
  for (let left = ms; left > 0; left -= 500) {
    mock.timers.tick(Math.min(500, left));
    await settle(2);
  }
}

// A position of the browser

test("fixOf_withoutHeadingAndSpeed_omitsThem", () => {
  const fix = fixOf(position(45.46421987, 9.18999949, { heading: null, speed: null }), 0);
  assert.deepEqual(fix, { latitude: 45.46422, longitude: 9.189999, accuracy: 10, measuredAt: iso(START) });
  assert.equal("heading" in fixOf(position(1, 2, { heading: NaN, speed: 0 }), 0), false);
  assert.equal(fixOf(position(1, 2, { heading: NaN, speed: 0 }), 0).speed, 0);
});

test("fixOf_withAWrongClock_usesTheServersTime", () => {
  assert.equal(fixOf(position(1, 2), -3_600_000).measuredAt, iso(START - 3_600_000));
});

test("fixOf_ofStrangeNumbers_isWithinTheLimits", () => {
  assert.equal(fixOf(position(NaN, 2), 0), null);
  assert.equal(fixOf(position(91, 2), 0), null);
  assert.equal(fixOf(position(1, Infinity), 0), null);
  const fix = fixOf(position(1, 200, { accuracy: 3e6, heading: 360, speed: -1 }), 0);
  assert.deepEqual(fix, { latitude: 1, longitude: -160, accuracy: 100_000, heading: 0, measuredAt: iso(START) });
  assert.equal(fixOf(position(1, 2, { accuracy: undefined }), 0).accuracy, 100_000);
});

// The device

function source(options = {}) {
  const geolocation = new FakeGeolocation();
  const document = new FakeDocument();
  const made = new PositionSource({ geolocation, document, now: () => Date.now() + 5_000, ...options });
  const seen = [];
  for (const type of ["fix", "hidden", "visible", "problem"]) made.on(type, (detail) => seen.push([type, detail]));
  return { geolocation, document, source: made, seen };
}

test("follow_byTwo_measuresAtOnce_andStopsAfterTheLast", () => {
  const { geolocation, source: made, seen } = source();
  const [one, two] = [made.follow(), made.follow()];
  assert.equal(geolocation.watches.size, 1);
  assert.equal(geolocation.requests[0].options.maximumAge, 0);
  geolocation.move(45, 9);
  assert.equal(seen.at(-1)[1].measuredAt, iso(START + 5_000));
  one();
  one();
  assert.equal(geolocation.watches.size, 1);
  two();
  assert.equal(geolocation.watches.size, 0);
});

test("follow_whileHidden_waits_andMeasuresAnewWhenVisible", () => {
  const { geolocation, document, source: made, seen } = source();
  made.follow();
  geolocation.move(45, 9);
  document.hide();
  assert.equal(geolocation.watches.size, 0);
  assert.equal(seen.at(-1)[0], "hidden");
  document.show();
  assert.equal(geolocation.watches.size, 1);
  assert.equal(geolocation.requests.length, 2);
  assert.equal(geolocation.requests[1].options.maximumAge, 0);
  assert.equal(seen.at(-1)[0], "visible");
  // A position that was requested before the page was hidden is late.
  const { length } = seen;
  geolocation.requests[0].done(position(1, 1));
  assert.equal(seen.length, length);
});

test("problem_isFinalOnlyIfDenied_andEndsWithAPosition", () => {
  const { geolocation, source: made, seen } = source();
  made.follow();
  geolocation.fail(3);
  geolocation.fail(2);
  assert.deepEqual(seen, [["problem", "unavailable"]]);
  geolocation.move(45, 9);
  assert.deepEqual(seen[1], ["problem", null]);
  geolocation.fail(1);
  assert.deepEqual(seen.at(-1), ["problem", "denied"]);
});

test("measure_withoutPermissionOrSignal_saysWhy", async () => {
  const { geolocation, source: made } = source();
  const denied = made.measure();
  geolocation.requests.at(-1).failed({ code: 1 });
  await assert.rejects(denied, (reason) => reason === "denied");
  const late = made.measure();
  geolocation.requests.at(-1).failed({ code: 3 });
  await assert.rejects(late, (reason) => reason === "unavailable");
  const found = made.measure();
  geolocation.requests.at(-1).done(position(45, 9));
  assert.equal((await found).latitude, 45);
  assert.equal(made.last.latitude, 45);
  await assert.rejects(source({ secure: false }).source.measure(), (reason) => reason === "insecure");
  await assert.rejects(source({ geolocation: undefined }).source.measure(), (reason) => reason === "unavailable");
});

test("measure_withAPosition_endsTheProblem_soThatTheNextRefusalIsToldAgain", async () => {
  const { geolocation, source: made, seen } = source();
  made.follow();
  geolocation.fail(1);
  const measured = made.measure();
  geolocation.requests.at(-1).done(position(45, 9));
  await measured;
  geolocation.fail(1);
  const problems = seen.filter(([type]) => type === "problem").map(([, problem]) => problem);
  assert.deepEqual(problems, ["denied", null, "denied"]);
});

test("screenLock_isTakenAgainWhenVisible_andReleased", async () => {
  const document = new FakeDocument();
  const locks = [];
  const navigator = {
    wakeLock: { request: async () => locks[locks.push({ released: false, release: async () => {} }) - 1] },
  };
  const lock = new ScreenLock({ document, navigator });
  await settle(1);
  document.hide();
  document.show();
  await settle(1);
  assert.equal(locks.length, 2);
  lock.close();
  document.hide();
  document.show();
  await settle(1);
  assert.equal(locks.length, 2);
});

// The updates of a share

const fix = (latitude, fields = {}) => ({
  latitude,
  longitude: 9,
  accuracy: 5,
  measuredAt: iso(Date.now()),
  ...fields,
});

function updater(options = {}) {
  const sent = [];
  const final = [];
  let n = 0;
  const answers = [];
  const made = new ShareUpdater({
    send: async (data) => {
      sent.push({ at: Date.now() - START, ...data });
      const answer = answers.shift();
      if (answer instanceof Promise) await answer;
      else if (answer) throw new HongyanError(answer);
    },
    nextNumber: () => ++n,
    onFinal: (reason) => final.push(reason),
    minUpdateMs: 2_000,
    ...options,
  });
  return { made, sent, final, answers };
}

test("onFix_moreOftenThanAllowed_sendsTheNewestEachTime", async () => {
  const { made, sent } = updater();
  for (let i = 0; i <= 10; i++) {
    made.onFix(fix(i));
    await pass(500);
  }
  assert.deepEqual(
    sent.map(({ at, n, latitude }) => [at, n, latitude]),
    [
      [0, 1, 0],
      [2_000, 2, 3],
      [4_000, 3, 7],
    ],
  );
});

test("standingStill_repeatsTheFixWithItsOldTime", async () => {
  const { made, sent } = updater();
  made.onFix(fix(45));
  await pass(41_000);
  assert.deepEqual(
    sent.map(({ at, n, measuredAt }) => [at, n, measuredAt]),
    [0, 20_000, 40_000].map((at, i) => [at, i + 1, iso(START)]),
  );
});

test("refusalForTheRate_isFollowedByTheNewestFix", async () => {
  const { made, sent, answers } = updater();
  answers.push({ kind: "limited", reason: "location.rate", retryAfterMs: 1_500 });
  made.onFix(fix(1));
  await pass(500);
  made.onFix(fix(2));
  made.onFix(fix(3));
  await pass(2_000);
  assert.deepEqual(
    sent.map(({ at, n, latitude }) => [at, n, latitude]),
    [
      [0, 1, 1],
      [1_500, 2, 3],
    ],
  );
});

test("lostConnection_isRetriedWithBackoff_andAtOnceAfterTheWelcome", async () => {
  const { made, sent, answers } = updater();
  answers.push({ kind: "disconnected" }, { kind: "unavailable" }, { kind: "timeout" });
  made.onFix(fix(1));
  await pass(10_000);
  assert.deepEqual(
    sent.map(({ at }) => at),
    [0, 2_000, 6_000],
  );
  made.onWelcome();
  await pass(500);
  assert.deepEqual(sent.map(({ at }) => at).at(-1), 10_000);
  assert.equal(sent.at(-1).n, 4);
});

test("invalidFix_isNotSentAgain_andTheNextIs", async () => {
  const { made, sent, answers } = updater();
  answers.push({ kind: "invalid", reason: "field.out_of_range" });
  made.onFix(fix(1));
  await pass(15_000);
  assert.equal(sent.length, 1);
  made.onFix(fix(2));
  await pass(2_000);
  assert.equal(sent.length, 2);
});

test("pause_isSentAtOnce_andEndsWithTheNextFix", async () => {
  const { made, sent } = updater();
  made.onFix(fix(1));
  await pass(500);
  made.pause();
  made.pause();
  await pass(60_000);
  assert.deepEqual(
    sent.map(({ at, n, paused }) => [at, n, paused]),
    [
      [0, 1, undefined],
      [500, 2, true],
    ],
  );
  made.onFix(fix(2));
  await pass(500);
  assert.deepEqual([sent.at(-1).n, sent.at(-1).latitude, sent.at(-1).paused], [3, 2, undefined]);
});

test("pause_duringAnUpdate_hasAHigherNumber_andKeepsQuiet", async () => {
  const { made, sent, answers } = updater();
  let answer;
  answers.push(new Promise((resolve) => (answer = resolve)));
  made.onFix(fix(1));
  await pass(500);
  made.pause();
  answer();
  await pass(30_000);
  assert.deepEqual(
    sent.map(({ n, paused }) => [n, paused]),
    [
      [1, undefined],
      [2, true],
    ],
  );
});

test("welcome_whilePaused_saysSoAgain", async () => {
  const { made, sent } = updater();
  made.pause();
  made.onWelcome();
  await pass(500);
  assert.deepEqual(
    sent.map(({ n, paused }) => [n, paused]),
    [
      [1, true],
      [2, true],
    ],
  );
});

for (const reason of ["location.ended", "location.not_found", "location.other_device"]) {
  test(`update_refusedWith_${reason}_isTheLast`, async () => {
    const { made, sent, final, answers } = updater();
    answers.push({ kind: "conflict", reason });
    made.onFix(fix(1));
    await pass(500);
    made.onFix(fix(2));
    await pass(30_000);
    assert.equal(sent.length, 1);
    assert.deepEqual(final, [reason]);
  });
}

test("refusal_afterTheStop_isIgnored", async () => {
  const { made, final, answers, sent } = updater();
  let refuse;
  answers.push(new Promise((resolve, reject) => (refuse = reject)));
  made.onFix(fix(1));
  await pass(500);
  made.stop();
  refuse(new HongyanError({ kind: "conflict", reason: "location.ended" }));
  await pass(30_000);
  assert.deepEqual([final.length, sent.length], [0, 1]);
});

test("coarseShare_sendsSnappedFixes", async () => {
  const { made, sent } = updater({
    snap: ({ measuredAt }) => ({ latitude: 45, longitude: 9, accuracy: 1000, measuredAt }),
  });
  made.onFix(fix(45.123456, { heading: 20 }));
  await pass(500);
  assert.deepEqual(Object.keys(sent[0]).sort(), ["accuracy", "at", "latitude", "longitude", "measuredAt", "n"]);
});

// The positions of everyone

const share = (id, fields = {}) => ({
  share: id,
  user: `user-${id}`,
  n: 1,
  latitude: 45,
  longitude: 9,
  accuracy: 5,
  receivedAt: iso(START),
  measuredAt: iso(START),
  expiresAt: iso(START + 600_000),
  ...fields,
});
const ids = (board) => board.all.map(({ share: id }) => id);

test("apply_updates_keepsTheOrder_andTheNewest", () => {
  const board = new PositionBoard();
  board.apply([share("b"), share("a")], START);
  board.apply([share("b", { n: 3, latitude: 46 })], START);
  board.apply([share("b", { n: 2, latitude: 47 })], START);
  assert.deepEqual(
    board.all.map(({ share: id, latitude }) => [id, latitude]),
    [
      ["b", 46],
      ["a", 45],
    ],
  );
});

test("apply_ended_removesTheShare", () => {
  const board = new PositionBoard();
  board.apply([share("a"), share("b")], START);
  board.apply([{ share: "a", user: "user-a", ended: true }], START);
  assert.deepEqual(ids(board), ["b"]);
  board.expire(START + 600_000);
  assert.deepEqual(ids(board), []);
});

test("restart_dropsWhatTheNewWatchDoesNotHave", () => {
  const board = new PositionBoard();
  board.apply([share("a"), share("b")], START);
  board.restart();
  assert.deepEqual(ids(board), ["a", "b"]);
  board.apply([share("b"), share("c")], START);
  board.dropUnconfirmed();
  assert.deepEqual(ids(board), ["b", "c"]);
});

test("status_ofAShare_followsTheServersTime", () => {
  assert.equal(statusOf({ share: "a", user: "u", expiresAt: iso(START) }, START), "waiting");
  assert.equal(statusOf(share("a"), START + 60_000), "live");
  assert.equal(statusOf(share("a"), START + 60_001), "stale");
  assert.equal(statusOf(share("a", { paused: true }), START + 600_000), "paused");
  assert.equal(hasPin(share("a", { accuracy: 500 })), true);
  assert.equal(hasPin(share("a", { accuracy: 501 })), false);
});

test("apply_pausedWithoutAPosition_keepsTheLastOne", () => {
  const board = new PositionBoard();
  board.apply([share("a")], START);
  board.apply([{ share: "a", user: "user-a", n: 2, paused: true, receivedAt: iso(START + 1) }], START);
  assert.equal(board.all[0].latitude, 45);
  assert.equal(board.all[0].paused, true);
  board.apply([share("a", { n: 3 })], START);
  assert.equal(board.all[0].paused, undefined);
});
