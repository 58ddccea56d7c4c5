/** The states of calls to look at. */
import { symbols } from "../features/call/client/symbols.js";
import { callWindow } from "../features/call/views/call-window.js";
import { startCall } from "../features/call/views/start.js";
import { FakeCall, participant, USERS } from "./fakes.js";

const active = (seconds = 222) => ({ state: "active", startedAt: Date.now() - seconds * 1000 });
const code = { state: "ready", symbols: [1, 17, 35, 26, 58].map((i) => symbols[i]) };

/** A group's call of some people, some of them with a mark. */
function group(count, { fields = {}, people = {} } = {}) {
  const participants = USERS.slice(0, count).map((user, n) =>
    participant(user, n, { speaking: n === 2, camera: n !== 3 && n !== 7, ...people[n] }),
  );
  return new FakeCall({ conversation: "group", media: "video", ...active(), participants, ...fields });
}

function direct(fields = {}, own = {}, other = {}) {
  const participants = [participant("me", 0, own), participant("lin", 1, other)];
  return new FakeCall({ conversation: "direct", media: "video", ...active(), code, participants, ...fields });
}

const ringing = (fields) => ({
  call: "r",
  conversation: "direct",
  from: "lin",
  media: "video",
  expiresAt: new Date(Date.now() + 60_000).toISOString(),
  ...fields,
});

const marks = {
  1: { media: { microphone: false } },
  4: { media: { hand: true } },
  5: { media: { microphone: false }, link: { state: "interrupted" } },
  6: { state: "reconnecting" },
  8: { state: "ringing", camera: false },
};

const open = ({ app }, conversation) => app.router.go({ conversation });
/** Waits for an element. */
async function shown(testid) {
  for (;;) {
    const element = document.querySelector(`[data-testid="${testid}"]`);
    if (element?.checkVisibility()) return element;
    await new Promise(requestAnimationFrame);
  }
}
const press = async (testid) => (await shown(testid)).click();
/** Devices for the preview. */
function fakeDevices({ fail } = {}) {
  const devices = [
    { kind: "audioinput", deviceId: "m1", label: "MacBook Pro Microphone" },
    { kind: "audioinput", deviceId: "m2", label: "Sennheiser Headset" },
    { kind: "videoinput", deviceId: "c1", label: "FaceTime HD Camera" },
    { kind: "videoinput", deviceId: "c2", label: "Logitech BRIO" },
    { kind: "audiooutput", deviceId: "s1", label: "MacBook Pro Speakers" },
    { kind: "audiooutput", deviceId: "s2", label: "Sennheiser Headset" },
  ];
  const own = participant("me", 0).tracks.camera;
  const media = {
    async enumerateDevices() {
      return devices;
    },
    async getUserMedia({ video }) {
      if (fail) throw new DOMException("", fail);
      if (video) return new MediaStream([own.clone()]);
      return new AudioContext().createMediaStreamDestination().stream;
    },
    addEventListener() {},
    removeEventListener() {},
  };
  Object.defineProperty(navigator, "mediaDevices", { value: media, configurable: true });
}

export const scenes = {
  "grid-1": ({ calls }) => calls.show({ current: group(1) }),
  "grid-2": ({ calls }) => calls.show({ current: group(2) }),
  "grid-3": ({ calls }) => calls.show({ current: group(3) }),
  "grid-5": ({ calls }) => calls.show({ current: group(5, { people: marks }) }),
  "grid-9": ({ calls }) => calls.show({ current: group(9, { people: marks }) }),
  "audio-4": ({ calls }) => {
    const off = { camera: false };
    const people = { 0: off, 1: { ...off, ...marks[1] }, 2: off, 3: off };
    calls.show({ current: group(4, { fields: { media: "audio" }, people }) });
  },
  speaker: async ({ calls }) => {
    calls.show({ current: group(6, { people: marks }) });
    await press("call-layout");
  },
  "speaker-9": async ({ calls }) => {
    calls.show({ current: group(9, { people: marks }) });
    await press("call-layout");
  },
  screen: ({ calls }) => calls.show({ current: group(5, { people: { ...marks, 2: { screen: true } } }) }),
  "screen-own": ({ calls }) => calls.show({ current: group(5, { people: { 0: { screen: true } } }) }),
  people: async ({ calls }) => {
    const away = { 6: { state: "declined", camera: false }, 7: { state: "timed_out", camera: false } };
    calls.show({ current: group(9, { people: { ...marks, ...away } }) });
    await press("call-people-open");
  },
  devices: async ({ calls }) => {
    calls.show({ current: group(3) });
    await press("call-devices");
  },
  direct: ({ calls }) => calls.show({ current: direct() }),
  "direct-code": async ({ calls }) => {
    calls.show({ current: direct() });
    await press("call-code");
  },
  "direct-audio": ({ calls }) =>
    calls.show({ current: direct({ media: "audio" }, { camera: false }, { camera: false, speaking: true }) }),
  "direct-danger": ({ calls }) =>
    calls.show({
      current: direct(
        { code: { state: "failed" }, problems: [{ key: "call.problem_code", values: {} }] },
        {},
        {
          camera: false,
          link: { state: "failed" },
        },
      ),
    }),
  outgoing: ({ calls }) =>
    calls.show({
      current: direct(
        { state: "ringing", startedAt: undefined, code: undefined },
        {},
        {
          state: "ringing",
          camera: false,
          participant: undefined,
        },
      ),
    }),
  starting: ({ calls }) =>
    calls.show({
      current: direct({ state: "connecting", me: undefined, startedAt: undefined, participants: [], code: undefined }),
    }),
  ringing: (context) => {
    open(context, "direct");
    context.calls.show({ ringing: [ringing()] });
  },
  "ringing-two": (context) => {
    open(context, "group");
    context.calls.show({
      ringing: [ringing({ media: "audio" }), ringing({ call: "r2", conversation: "group", from: "priya" })],
      current: group(3),
    });
  },
  ended: (context) => {
    open(context, "direct");
    // The server gives the call its id later.
    const call = direct({ id: "", state: "connecting" });
    context.calls.show({ current: call });
    Object.assign(call, { id: "e", state: "ringing" }).emit("changed", null);
    const end = { call: "e", conversation: "direct", reason: "declined", outcome: "declined", seconds: 0 };
    context.calls.show({ current: undefined, ended: end });
  },
  missed: (context) => {
    open(context, "direct");
    context.calls.show({ ringing: [ringing()] });
    context.calls.show({ ringing: [] });
    context.client.emit("call.ended", { call: "r", conversation: "direct", reason: "cancelled", outcome: "cancelled" });
  },
  elsewhere: (context) => {
    open(context, "direct");
    context.calls.show({ ringing: [ringing()] });
    context.calls.show({ ringing: [] });
    context.client.emit("call.answered_elsewhere", { call: "r" });
  },
  banner: (context) => {
    context.calls.show({ banners: { group: { id: "b", media: "video", count: 4 } } });
    open(context, "group");
  },
  bubbles: (context) => open(context, "direct"),
  mini: async (context) => {
    open(context, "direct");
    context.calls.show({ current: direct() });
    await shown("call-screen");
    callWindow.minimise();
  },
  preview: async ({ app }) => {
    fakeDevices();
    await startCall(app, "group", "video");
  },
  "preview-denied": async ({ app }) => {
    fakeDevices({ fail: "NotAllowedError" });
    await startCall(app, "group", "video");
  },
  "preview-insecure": async ({ app }) => {
    Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true });
    await startCall(app, "group", "video");
  },
  problems: ({ calls }) =>
    calls.show({
      current: group(3, {
        fields: {
          problems: [
            { key: "call.problem_camera_in_use", values: {}, action: { name: "retry", run: async () => {} } },
            { key: "call.problem_sound", values: {}, action: { name: "sound", run: async () => {} } },
            { key: "call.problem_link", values: { user: "priya" }, action: { name: "retry", run: async () => {} } },
          ],
        },
        people: { 0: { camera: false }, 2: { link: { state: "failed" } } },
      }),
    }),
};
