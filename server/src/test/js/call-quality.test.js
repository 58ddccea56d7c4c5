import assert from "node:assert/strict";
import { test } from "node:test";
import {
  audioEncoding,
  CpuSteps,
  maxSteps,
  targets,
  VIDEO_ROWS,
  videoEncoding,
} from "../../main/resources/web/features/call/client/quality.js";
import { SpeakerDetector } from "../../main/resources/web/features/call/client/speaker.js";

const calm = { sharing: false, steps: 0 };

for (const [participants, width, height, fps, kbps, audioKbps] of [
  [1, 1280, 720, 30, 1500, 32],
  [2, 1280, 720, 30, 1500, 32],
  [3, 640, 360, 30, 700, 32],
  [4, 640, 360, 24, 450, 32],
  [5, 480, 270, 20, 320, 24],
  [6, 480, 270, 15, 240, 24],
  [7, 320, 180, 15, 160, 24],
  [8, 320, 180, 15, 140, 24],
  [9, 320, 180, 12, 120, 24],
]) {
  test(`targets_of_${participants}_areThoseOfTheTable`, () => {
    const next = targets({ participants, ...calm });
    assert.deepEqual({ ...next.camera }, { width, height, fps, kbps });
    assert.equal(next.audioKbps, audioKbps);
  });
}

test("targets_whileSharing_lowerTheCamera_andDivideTheScreen", () => {
  const next = targets({ participants: 5, sharing: true, steps: 0 });
  assert.deepEqual(next.camera, VIDEO_ROWS[5]);
  assert.deepEqual(next.screen, { width: 1280, height: 720, fps: 5, kbps: 250 });
  assert.deepEqual(targets({ participants: 9, sharing: true, steps: 3 }).camera, VIDEO_ROWS[7]);
});

test("maxSteps_reachTheLastRow", () => {
  assert.equal(maxSteps({ participants: 2, sharing: false }), 7);
  assert.equal(maxSteps({ participants: 8, sharing: true }), 0);
  assert.deepEqual(targets({ participants: 4, sharing: false, steps: 5 }).camera, VIDEO_ROWS[7]);
});

for (const [settings, scale] of [
  [{ width: 1280, height: 720 }, 2],
  [{ width: 720, height: 1280 }, 2],
  [{ width: 640, height: 480 }, 480 / 360],
  [{ width: 320, height: 240 }, 1],
  [undefined, 1],
]) {
  test(`videoEncoding_of_${settings?.width}x${settings?.height}_scalesBy_${scale.toFixed(2)}`, () => {
    assert.deepEqual(videoEncoding({ width: 640, height: 360, fps: 30, kbps: 700 }, settings), {
      active: true,
      maxBitrate: 700_000,
      maxFramerate: 30,
      scaleResolutionDownBy: scale,
    });
  });
}

test("audioEncoding_isInBits", () => assert.deepEqual(audioEncoding(24), { active: true, maxBitrate: 24_000 }));

test("cpuSteps_afterTenSecondsOfTwoLimitedSenders_stepDown_andUpAfterThirty", () => {
  const cpu = new CpuSteps();
  const at = (seconds, limited) => cpu.measure({ limited, senders: 3, max: 2 }, seconds * 1000);
  assert.deepEqual([at(0, 2), at(4, 2), at(9.9, 3)], [false, false, false]);
  assert.equal(at(10, 2), true);
  assert.equal(cpu.steps, 1);
  assert.deepEqual([at(19, 2), at(20, 2), at(30, 2), at(40, 2)], [false, true, false, false]);
  assert.equal(cpu.steps, 2, "not beyond the last row");
  assert.deepEqual([at(41, 1), at(70, 0), at(71, 1)], [false, false, true]);
  assert.equal(cpu.steps, 1);
});

test("cpuSteps_forASingleSender_needOneLimitedSender", () => {
  const cpu = new CpuSteps();
  cpu.measure({ limited: 1, senders: 1, max: 7 }, 0);
  assert.equal(cpu.measure({ limited: 1, senders: 1, max: 7 }, 10_000), true);
});

test("cpuSteps_interrupted_startAnew", () => {
  const cpu = new CpuSteps();
  const at = (seconds, limited) => cpu.measure({ limited, senders: 3, max: 7 }, seconds * 1000);
  assert.deepEqual([at(0, 2), at(9, 1), at(10, 2), at(19, 2)], [false, false, false, false]);
  assert.equal(at(20, 2), true);
});

test("cpuSteps_whenTheCallGrows_areClamped", () => {
  const cpu = new CpuSteps();
  cpu.measure({ limited: 2, senders: 2, max: 7 }, 0);
  cpu.measure({ limited: 2, senders: 2, max: 7 }, 10_000);
  assert.equal(cpu.measure({ limited: 0, senders: 8, max: 0 }, 11_000), true);
  assert.equal(cpu.steps, 0);
});

// Speakers

const levels = (fields) => new Map(Object.entries(fields));

test("speaker_isOneAfter300ms_untilSilentFor1500ms", () => {
  const detector = new SpeakerDetector();
  const heard = [];
  for (let now = 0; now <= 4_000; now += 100) {
    detector.update(levels({ ada: now < 1_000 ? 0.2 : 0.01, bo: 0 }), now);
    heard.push(detector.speaking.has("ada"));
  }
  assert.equal(heard.indexOf(true), 3);
  assert.equal(heard.lastIndexOf(true), 24);
});

test("speaker_cough_isIgnored_andPauseDoesNotEnd", () => {
  const detector = new SpeakerDetector();
  detector.update(levels({ ada: 0.5 }), 0);
  detector.update(levels({ ada: 0 }), 200);
  assert.equal(detector.update(levels({ ada: 0.5 }), 400), false);
  assert.equal(detector.update(levels({ ada: 0.5 }), 700), true);
  detector.update(levels({ ada: 0 }), 800);
  detector.update(levels({ ada: 0.5 }), 2_200);
  assert.equal(detector.update(levels({ ada: 0 }), 2_400), false);
  assert.deepEqual([...detector.speaking], ["ada"]);
});

test("speaker_whoIsMutedOrLeaves_stopsAtOnce", () => {
  const detector = new SpeakerDetector();
  detector.update(levels({ ada: 0.5 }), 0);
  detector.update(levels({ ada: 0.5 }), 300);
  assert.equal(detector.update(levels({}), 400), true);
  assert.equal(detector.speaking.size, 0);
});
