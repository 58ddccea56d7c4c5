import assert from "node:assert/strict";
import { test } from "node:test";
import { symbols } from "../../main/resources/web/features/call/client/symbols.js";
import feature from "../../main/resources/web/features/call/feature.js";
import { callStatus } from "../../main/resources/web/features/call/views/call-clock.js";
import {
  absenceKey,
  callLine,
  connectionKey,
  durationText,
  ending,
  isMissed,
  outcomeText,
  rosterChanges,
} from "../../main/resources/web/features/call/views/call-texts.js";
import { deviceProblems, merged, noticeText } from "../../main/resources/web/features/call/views/problems.js";
import { addTexts } from "../../main/resources/web/i18n/i18n.js";

addTexts(feature.texts);

const store = {
  me: "me",
  client: { user: { displayName: "Me" } },
  users: { get: (id) => ({ displayName: { lin: "Lin", sam: "Sam" }[id] }) },
  conversations: new Map([
    ["d", { isGroup: false, peer: "lin" }],
    ["g", { isGroup: true, info: { title: "Geese" } }],
  ]),
};

test("durationText_hasClockFormat", () => {
  assert.deepEqual([0, 9, 222, 3599.9, 3727, -3].map(durationText), [
    "0:00",
    "0:09",
    "3:42",
    "59:59",
    "1:02:07",
    "0:00",
  ]);
});

test("outcomeText_dependsOnTheViewer", () => {
  const outcomes = ["completed", "missed", "declined", "cancelled", "busy", "failed", "unknown"];
  const texts = (own) => outcomes.map((outcome) => outcomeText({ outcome, seconds: 222 }, own));
  assert.deepEqual(texts(true), [
    "3:42",
    "No answer",
    "Declined",
    "Cancelled",
    "Busy",
    "Could not connect",
    "Ended",
  ]);
  assert.deepEqual(texts(false), [
    "3:42",
    "Missed",
    "You declined",
    "Missed",
    "Missed while you were in another call",
    "Could not connect",
    "Ended",
  ]);
  const missed = (own) => outcomes.filter((outcome) => isMissed({ outcome }, own));
  assert.deepEqual(missed(false), ["missed", "cancelled", "busy"]);
  assert.deepEqual(missed(true), []);
});

test("callLine_ofADirectCall_andOfAGroups", () => {
  const line = (conversation, sender, content) =>
    callLine(store, { conversation, sender, content: { media: "video", seconds: 0, ...content } });
  assert.equal(line("d", "lin", { outcome: "cancelled" }), "Video call: Missed");
  assert.equal(line("d", "me", { outcome: "completed", seconds: 61, media: "audio" }), "Voice call: 1:01");
  const people = ["me", "lin", "sam"];
  assert.equal(
    line("g", "lin", { outcome: "completed", seconds: 3727, participants: people }),
    "Video call from Lin · 1:02:07 · 3 people",
  );
  assert.equal(line("g", "lin", { outcome: "missed", media: "audio" }), "Missed voice call from Lin");
  assert.equal(line("g", "me", { outcome: "missed" }), "No one answered your call");
  assert.equal(line("g", "lin", { outcome: "failed" }), "The call from Lin could not connect");
});

test("ending_ofEachReason_hasASentence_andANextStep", () => {
  const of = (conversation, reason, fields = {}) =>
    ending(store, { conversation, reason, outcome: "completed", seconds: 0, ...fields }, true);
  const reasons = "left replaced lost removed signed_out declined busy timed_out cancelled ended_by_host failed";
  const texts = reasons.split(" ").map((reason) => of("d", reason).text);
  assert.equal(new Set(texts).size, texts.length);
  for (const text of texts) assert.match(text, /^[A-Z].*\.$/);
  assert.deepEqual(of("d", "declined"), { text: "Lin declined the call.", again: true, write: true, join: false });
  assert.deepEqual(of("d", "left", { seconds: 222 }).text, "The call has ended after 3:42.");
  assert.equal(of("d", "failed").again, true);
  assert.equal(of("d", "replaced").join, true);
  assert.equal(of("d", "lost").again, true);
  assert.deepEqual(of("g", "lost"), {
    text: "You were disconnected for too long.",
    again: false,
    write: false,
    join: true,
  });
  assert.equal(of("g", "timed_out").text, "No one answered.");
  assert.equal(
    of("g", "left", { outcome: undefined, seconds: 5 }).text,
    "You left the call. It continues without you.",
  );
});

test("ending_ofACallThatOnlyRang_isSaidOnlyIfItWasMissed_orAnsweredElsewhere", () => {
  const of = (conversation, reason) => ending(store, { conversation, reason, outcome: "missed" }, false);
  assert.deepEqual(of("d", "cancelled"), { text: "You missed this call.", back: true, write: true });
  assert.deepEqual(of("g", "timed_out"), { text: "You missed this group call." });
  assert.equal(of("d", "declined"), undefined);
  assert.equal(of("g", "left"), undefined);
  assert.equal(of("d", "answered_elsewhere").join, true);
  assert.equal(of("g", "answered_elsewhere"), undefined);
});

test("callStatus_beforeOthersJoin_saysWhetherAnybodyIsRung", () => {
  const of = (...others) =>
    callStatus({ state: "ringing", me: "p0", participants: [{ state: "joined", mine: true }, ...others] });
  assert.equal(of({ state: "ringing" }), "Ringing…");
  assert.equal(of({ state: "invited" }), "Ringing…");
  assert.equal(of(), "Waiting for others…");
  assert.equal(of({ state: "declined" }), "Waiting for others…");
});

test("connectionKey_prefersParticipantState_overConnectionState", () => {
  const of = (state, link, mine = false) => connectionKey({ state, mine, link: { state: link } });
  assert.equal(of("ringing", "new"), "call.state_ringing");
  assert.equal(of("reconnecting", "connected"), "call.state_reconnecting");
  assert.equal(of("joined", "connecting"), "call.state_connecting");
  assert.equal(of("joined", "interrupted"), "call.state_interrupted");
  assert.equal(of("joined", "failed"), "call.state_failed");
  assert.equal(of("joined", "connected"), undefined);
  assert.equal(of("joined", "new", true), undefined);
  assert.equal(absenceKey("declined"), "call.absent_declined");
  assert.equal(absenceKey("joined"), undefined);
});

test("rosterChanges_describeOtherParticipants", () => {
  const one = (user, fields = {}, media = {}) => ({
    user,
    state: "joined",
    mine: user === "me",
    media: { microphone: true, hand: false, screen: false, ...media },
    ...fields,
  });
  const changes = (before, after) => rosterChanges(store, before, after);
  assert.deepEqual(changes([one("me")], [one("me", {}, { microphone: false }), one("lin")]), ["Lin joined the call"]);
  assert.deepEqual(changes([one("lin")], []), ["Lin left the call"]);
  assert.deepEqual(changes([one("lin")], [one("lin", { state: "left" })]), ["Lin left the call"]);
  assert.deepEqual(changes([one("lin")], [one("lin", {}, { microphone: false, hand: true })]), [
    "Lin is muted",
    "Lin raised a hand",
  ]);
  assert.deepEqual(changes([one("lin")], [one("lin", { state: "reconnecting" })]), ["Lin is reconnecting"]);
  assert.deepEqual(changes([one("lin", { state: "reconnecting" })], [one("lin")]), ["Lin is back"]);
  assert.deepEqual(changes([one("lin", {}, { screen: true })], [one("lin")]), ["Lin stopped sharing their screen"]);
});

test("problems_ofBothDevices_areOne_ifTheyHaveTheSameCause", async () => {
  const tried = [];
  const local = { errors: { microphone: "denied", camera: "denied" }, retry: async (kind) => tried.push(kind) };
  const [both, ...rest] = merged(deviceProblems(local));
  assert.equal(both.key, "call.problem_devices_denied");
  assert.deepEqual(rest, []);
  await both.action.run();
  assert.deepEqual(tried, ["microphone", "camera"]);
  local.errors = { microphone: "missing", camera: "in_use" };
  assert.deepEqual(
    merged(deviceProblems(local)).map(({ key }) => key),
    ["call.problem_microphone_missing", "call.problem_camera_in_use"],
  );
  local.errors = { camera: "insecure" };
  assert.deepEqual(
    deviceProblems(local).map(({ action }) => action),
    [undefined],
  );
});

test("noticeText_ofAnUnknownNotice_isUndefined", () => {
  assert.match(noticeText({ key: "call.notice_code_changed", values: {} }), /security code/);
  assert.equal(noticeText({ key: "call.notice_of_a_later_release", values: {} }), undefined);
});

test("symbols_haveANameEach_inEveryLanguage", () => {
  for (const texts of Object.values(feature.texts)) {
    const names = symbols.map(({ key }) => texts[key]);
    assert.ok(names.every(Boolean));
    assert.equal(new Set(names).size, symbols.length);
    const known = Object.keys(texts).filter((key) => key.startsWith("call.symbol_"));
    assert.equal(known.length, symbols.length);
  }
});
