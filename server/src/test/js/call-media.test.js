import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalMedia } from "../../main/resources/web/features/call/client/local-media.js";
import { FakeDevices } from "./call-fakes.js";
import { settle } from "./fakes.js";

function setUp(options = {}) {
  const devices = new FakeDevices();
  const media = new LocalMedia({ mediaDevices: devices, secure: true, AudioContext: undefined, ...options });
  const lost = [];
  media.on("lost", (kind) => lost.push(kind));
  return { devices, media, lost };
}

for (const [name, error] of [
  ["NotFoundError", "missing"],
  ["NotReadableError", "in_use"],
  ["NotAllowedError", "denied"],
  ["SecurityError", "denied"],
  ["TypeError", "failed"],
]) {
  test(`camera_${name}_is_${error}_andLeavesTheMicrophone`, async () => {
    const { devices, media } = setUp();
    devices.errors.video = [name];
    assert.equal(await media.setMicrophone(true), true);
    assert.equal(await media.setCamera(true), false);
    assert.equal(media.errors.camera, error);
    assert.equal(media.errors.microphone, undefined);
    assert.equal(await media.retry("camera"), true);
    assert.equal(media.errors.camera, undefined);
  });
}

test("page_withoutTls_namesTheCause", async () => {
  const { media, devices } = setUp({ secure: false });
  await media.setMicrophone(true);
  await media.setCamera(true);
  assert.deepEqual(media.errors, { microphone: "insecure", camera: "insecure" });
  assert.equal(devices.requests.length, 0);
});

test("camera_overconstrained_dropsTheConstraints", async () => {
  const { devices, media } = setUp({ chosen: { camera: "gone" } });
  devices.errors.video = ["OverconstrainedError"];
  assert.equal(await media.setCamera(true), true);
  assert.deepEqual(devices.requests[0].video.deviceId, { exact: "gone" });
  assert.equal(devices.requests[1].video, true);
  assert.equal(media.chosen.camera, undefined);
});

test("microphone_muted_keepsItsTrack_andCameraOff_stopsIt", async () => {
  const { media, devices } = setUp();
  await media.setMicrophone(true);
  await media.setCamera(true);
  const { microphone, camera } = media;
  await media.setMicrophone(false);
  await media.setCamera(false);
  assert.equal(media.microphone, microphone);
  assert.deepEqual([microphone.enabled, microphone.readyState], [false, "live"]);
  assert.deepEqual([media.camera, camera.readyState], [undefined, "ended"]);
  await media.setMicrophone(true);
  assert.equal(microphone.enabled, true);
  assert.equal(devices.requests.length, 2);
});

test("camera_switchedQuickly_endsInTheLastState", async () => {
  const { media, devices } = setUp();
  await Promise.all([media.setCamera(true), media.setCamera(false), media.setCamera(true), media.setCamera(false)]);
  assert.equal(media.camera, undefined);
  assert.ok(devices.opened.every(({ readyState }) => readyState === "ended"));
});

test("device_unplugged_isReplacedByTheDefaultOne", async () => {
  const { media, devices, lost } = setUp({ chosen: { microphone: "mic2" } });
  await media.setMicrophone(true);
  devices.errors.audio = ["NotFoundError"];
  const [first] = devices.opened;
  first.unplug();
  await settle();
  assert.deepEqual(lost, ["microphone"]);
  assert.equal(devices.requests.at(-1).audio, true);
  assert.equal(media.microphone, devices.opened.at(-1));
  assert.notEqual(media.microphone, first);
});

test("device_unplugged_withoutAnother_isMissing", async () => {
  const { media, devices, lost } = setUp();
  await media.setCamera(true);
  devices.errors.video = ["NotFoundError"];
  media.camera.unplug();
  await settle();
  assert.deepEqual([lost, media.camera, media.errors.camera], [["camera"], undefined, "missing"]);
});

test("choose_stopsTheOldTrackFirst_andStaysMuted", async () => {
  const { media, devices } = setUp();
  await media.setMicrophone(true);
  await media.setMicrophone(false);
  const old = media.microphone;
  let stateOfOld;
  const { getUserMedia } = devices;
  devices.getUserMedia = (constraints) => {
    stateOfOld = old.readyState;
    return getUserMedia.call(devices, constraints);
  };
  await media.choose("microphone", "mic2");
  assert.equal(stateOfOld, "ended");
  assert.deepEqual(devices.requests.at(-1).audio.deviceId, { exact: "mic2" });
  assert.equal(media.microphone.enabled, false);
});

test("choose_ofADeviceThatIsOff_opensNothing", async () => {
  const { media, devices } = setUp();
  await media.choose("camera", "cam1");
  await media.choose("speaker", "out1");
  assert.equal(devices.requests.length, 0);
  assert.deepEqual(media.chosen, { camera: "cam1", speaker: "out1" });
});

test("recover_afterAnInterruption_acquiresSilentTracksAgain", async () => {
  const { media, devices } = setUp();
  await media.setMicrophone(true);
  await media.setCamera(true);
  media.microphone.muted = true;
  const { camera } = media;
  await media.recover();
  assert.equal(media.microphone, devices.opened[2]);
  assert.equal(media.camera, camera);
});

test("screen_isShared_untilTheBrowserEndsIt", async () => {
  const { media } = setUp();
  let ended = 0;
  media.on("screenEnded", () => ended++);
  assert.equal(await media.setScreen(true), true);
  assert.equal(media.screen.contentHint, "detail");
  media.screen.unplug();
  await settle();
  assert.deepEqual([media.screen, ended], [undefined, 1]);
});

test("screen_notChosen_isNoError", async () => {
  const { media, devices } = setUp();
  devices.errors.screen = ["NotAllowedError", "NotReadableError"];
  assert.equal(await media.setScreen(true), false);
  await assert.rejects(media.setScreen(true), { name: "NotReadableError" });
});

test("devices_areListed_andListedAgainWhenTheyChange", async () => {
  const { media, devices } = setUp();
  await media.setMicrophone(true);
  assert.deepEqual(
    media.devices.microphones.map(({ id }) => id),
    ["mic1", "mic2"],
  );
  devices.all = ["audiooutput:out2"];
  devices.dispatchEvent(new Event("devicechange"));
  await settle();
  assert.deepEqual(media.devices, { microphones: [], cameras: [], speakers: [{ id: "out2", label: "out2" }] });
});

test("close_whileADeviceOpens_stopsIt", async () => {
  const { media, devices } = setUp();
  const opening = media.setCamera(true);
  await null;
  media.close();
  assert.equal(await opening, false);
  assert.ok(devices.opened.every(({ readyState }) => readyState === "ended"));
});
