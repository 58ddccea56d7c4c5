/** The states of locations to look at. */
import { DIRECT, GROUP, ME, soon } from "./fakes.js";

const MILAN = { latitude: 45.46402, longitude: 9.18985 };
const near = (north, east) => ({
  latitude: MILAN.latitude + north / 111_195,
  longitude: MILAN.longitude + east / 78_000,
});

const open = ({ app }, conversation) => app.router.go({ conversation });
/** Waits for an element. */
async function shown(testid) {
  for (;;) {
    const element = [...document.querySelectorAll(`[data-testid="${testid}"]`)].find((one) => one.checkVisibility());
    if (element) return element;
    await new Promise(requestAnimationFrame);
  }
}
const press = async (testid) => (await shown(testid)).click();
async function type(testid, text) {
  const input = await shown(testid);
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
/** Waits until a map has drawn its tiles. */
async function drawn() {
  await shown("location-map");
  for (;;) {
    const tiles = [...document.querySelectorAll(".leaflet-tile")];
    if (tiles.length > 0 && tiles.every((tile) => tile.matches(".leaflet-tile-loaded"))) return;
    await new Promise(requestAnimationFrame);
  }
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let seq = 100;
function arrive({ client }, conversation, entries) {
  const snapshots = entries.map(([sender, kind, content]) => {
    const entry = {
      conversation,
      seq: ++seq,
      kind,
      sender,
      at: new Date().toISOString(),
      content,
      clientId: `c${seq}`,
      summary: kind,
    };
    return { entry, asOf: seq };
  });
  client.emit("entries", { conversation, snapshots });
}

const place = (fields) => ({ type: "place", ...MILAN, ...fields });
const PLACES = [
  [
    "lin",
    "message",
    place({
      name: "Duomo di Milano",
      address: "Piazza del Duomo, 20122 Milano MI, Italia. Ci vediamo all’uscita della metropolitana, lato Rinascente",
    }),
  ],
  [ME, "message", place({ ...near(-5_200, 4_100), accuracy: 12 })],
  ["lin", "message", place({ latitude: 31.2397, longitude: 121.4998, name: "上海 外滩" })],
];

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
function share(user, point, fields = {}) {
  return {
    share: `s-${user}`,
    user,
    n: 5,
    ...point,
    accuracy: 14,
    receivedAt: ago(3),
    measuredAt: ago(3),
    expiresAt: soon(34),
    ...fields,
  };
}
const SHARES = [
  share("lin", near(420, 310), { heading: 60, speed: 1.4 }),
  share("amina", near(-380, 520), { paused: true, receivedAt: ago(130), measuredAt: ago(190) }),
  share("sam", near(-90, -640), { receivedAt: ago(95), measuredAt: ago(240), accuracy: 60 }),
  share("priya", near(900, -800), { accuracy: 1000, measuredAt: ago(40) }),
  { share: "s-jonas", user: "jonas", expiresAt: soon(12) },
];

/** Along the north of the Adriatic, where there is a coast to see. */
const COAST = [
  share("lin", { latitude: 45.43, longitude: 12.36 }, { heading: 75, speed: 11 }),
  share("amina", { latitude: 44.42, longitude: 12.29 }, { heading: 10, speed: 9 }),
  share("sam", { latitude: 45.65, longitude: 13.72 }, { receivedAt: ago(95), measuredAt: ago(240) }),
  share("yuki", { latitude: 44.96, longitude: 13.2 }, { heading: 40, speed: 14 }),
  share("nora", { latitude: 44.9, longitude: 14.4 }, { paused: true, receivedAt: ago(30), measuredAt: ago(50) }),
];

async function shares(gallery, { own = true, positions = SHARES, at = MILAN } = {}) {
  const { client, locations, device } = gallery;
  client.listed[GROUP] = positions;
  open(gallery, GROUP);
  if (own) {
    const { share: id } = await locations.start(GROUP, { seconds: 2_900, precision: "precise" });
    device.move({ ...at, heading: 200, speed: 1.2 });
    positions = [...positions, share(ME, at, { share: id, heading: 200 })];
  }
  await press("location-bar-open");
  await shown("location-shares");
  client.push(GROUP, positions);
  await drawn();
}

const places = async (gallery) => {
  await gallery.locations.positions.measure();
  open(gallery, DIRECT);
  arrive(gallery, DIRECT, PLACES);
  await shown("place");
  for (const element of document.querySelectorAll("[data-testid=place]")) element.scrollIntoView();
  while (document.querySelectorAll(".location-static > canvas, .location-static-tiles").length < 3) await pause(20);
  await pause(100);
};

export const scenes = {
  empty: () => {},
  places,
  lines: async (gallery) => {
    open(gallery, GROUP);
    arrive(gallery, GROUP, [
      ["lin", "location", { share: "a", change: "started", expiresAt: soon(34) }],
      ["sam", "location", { share: "b", change: "started", expiresAt: soon(20) }],
      ["sam", "location", { share: "b", change: "stopped" }],
    ]);
    await gallery.locations.start(GROUP, { seconds: 3_600, precision: "coarse" });
    arrive(gallery, GROUP, [[ME, "location", { share: "own-1", change: "started", expiresAt: soon(60) }]]);
    await shown("location-bar-stop");
  },
  bar: async (gallery) => {
    gallery.client.listed[GROUP] = SHARES.slice(0, 2);
    open(gallery, GROUP);
    await shown("location-bar");
  },
  menu: async (gallery) => {
    open(gallery, GROUP);
    await press("composer-more");
  },
  "place-form": async (gallery) => {
    open(gallery, DIRECT);
    await press("composer-more");
    await press("menu-place");
    await drawn();
  },
  "place-form-own": async (gallery) => {
    gallery.device.allowed = true;
    await scenes["place-form"](gallery);
    await type("place-name-input", "Ristorante al Duomo");
    await pause(50);
    await drawn();
  },
  "place-form-wrong": async (gallery) => {
    await scenes["place-form"](gallery);
    await type("place-search", "Milano");
  },
  "place-view": async (gallery) => {
    await places(gallery);
    document.querySelector("[data-testid=place]").click();
    await drawn();
  },
  "place-view-far": async (gallery) => {
    await places(gallery);
    document.querySelectorAll("[data-testid=place]")[2].click();
    await drawn();
    await press("location-own-position");
    await pause(200);
    await drawn();
  },
  "share-form": async (gallery) => {
    open(gallery, DIRECT);
    await press("composer-more");
    await press("menu-live-location");
    await shown("share-form");
  },
  "share-form-denied": async (gallery) => {
    gallery.device.fail(1);
    await scenes["share-form"](gallery);
    document.querySelector("[data-testid=share-precision-coarse] input").click();
    await press("share-start");
    await pause(50);
  },
  shares: (gallery) => shares(gallery),
  "shares-coast": (gallery) => shares(gallery, { positions: COAST, at: { latitude: 44.95, longitude: 12.55 } }),
  "shares-others": (gallery) => shares(gallery, { own: false, positions: SHARES.slice(0, 2) }),
  "shares-none": (gallery) => shares(gallery, { own: true, positions: [] }),
  "shares-share-mine": async (gallery) => {
    await shares(gallery, { own: false, positions: SHARES.slice(0, 2) });
    await press("share-mine");
    await shown("share-form");
  },
  "shares-offline": async (gallery) => {
    const { client } = gallery;
    client.http = async () => Promise.reject(new Error("no connection"));
    client.listed[GROUP] = SHARES.slice(0, 1);
    open(gallery, GROUP);
    await press("location-bar-open");
    await drawn();
  },
  "own-shares": async (gallery) => {
    const { client, locations } = gallery;
    await locations.start(GROUP, { seconds: 3_600, precision: "precise" });
    client.shares.push({ share: "phone", conversation: DIRECT, expiresAt: soon(410) });
    await locations.nearby.enable(3_600);
    gallery.app.router.go({ route: "settings" });
    await press("own-shares-open");
    await pause(50);
  },
  "nearby-intro": async (gallery) => {
    gallery.app.router.go({ route: "nearby" });
    await shown("nearby");
    await pause(50);
  },
  nearby: async (gallery) => {
    gallery.client.people = [
      { user: "nora", distance: "<3km" },
      { user: "priya", distance: "<1km" },
      { user: "yuki", distance: "<3km" },
      { user: "amina", distance: "<1km" },
    ];
    await scenes["nearby-intro"](gallery);
    await press("nearby-enable");
    await shown("nearby-person");
  },
  "nearby-none": async (gallery) => {
    await scenes["nearby-intro"](gallery);
    await press("nearby-enable");
    await shown("nearby-none");
  },
  "nearby-limited": async (gallery) => {
    gallery.client.refusals["nearby.find"] = { kind: "limited", reason: "nearby.rate", retryAfterMs: 1_500_000 };
    await scenes["nearby-intro"](gallery);
    await press("nearby-enable");
    await shown("form-error");
  },
};
