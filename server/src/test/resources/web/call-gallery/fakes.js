/** A store, calls and a call with the surface that the views use, without a server and without devices. */
import { Emitter } from "../client/emitter.js";
import { SafeStorage } from "../client/storage.js";
import { pictureTrack, screenTrack } from "./pictures.js";

const ALL_OFF = { microphone: false, camera: false, screen: false, hand: false };
const DEVICES = {
  microphones: [
    { id: "m1", label: "MacBook Pro Microphone" },
    { id: "m2", label: "Sennheiser Headset (1395:0025) with a very long name that does not fit" },
  ],
  cameras: [
    { id: "c1", label: "FaceTime HD Camera" },
    { id: "c2", label: "Logitech BRIO" },
  ],
  speakers: [
    { id: "s1", label: "MacBook Pro Speakers" },
    { id: "s2", label: "Sennheiser Headset" },
  ],
};

class FakeLocalMedia extends Emitter {
  level = 0.12;
  devices = DEVICES;
  chosen = {};
  errors = {};
  async choose(kind, id) {
    this.chosen = { ...this.chosen, [kind]: id };
    this.emit("changed", null);
  }
}

export class FakeCall extends Emitter {
  id = "call";
  local = new FakeLocalMedia();
  problems = [];
  code = undefined;
  state = "active";
  me = "p0";
  host = "p0";
  participants = [];
  asked = [];

  constructor(fields) {
    super();
    Object.assign(this, fields);
  }

  soundBlocked() {}
  async #set(name, on) {
    this.asked.push([name, on]);
    this.participants = this.participants.map((one) =>
      one.mine ? { ...one, media: { ...one.media, [name]: on } } : one,
    );
    this.emit("changed", null);
  }
  setMicrophone = (on) => this.#set("microphone", on);
  setCamera = (on) => this.#set("camera", on);
  setScreen = (on) => this.#set("screen", on);
  setHand = (on) => this.#set("hand", on);
  async ring(users) {
    this.asked.push(["ring", users]);
  }
  async remove(participant) {
    this.asked.push(["remove", participant]);
  }
  async end() {
    this.asked.push(["end"]);
  }
  async leave() {
    this.asked.push(["leave"]);
    this.onleave?.();
  }
}

export class FakeCalls extends Emitter {
  enabled = true;
  ringing = [];
  current = undefined;
  ended = undefined;
  banners = {};
  silenced = new Set();
  asked = [];

  banner(conversation) {
    return this.banners[conversation];
  }
  show(fields) {
    Object.assign(this, fields);
    this.emit("changed", null);
  }
  async start(...args) {
    this.asked.push(["start", ...args]);
  }
  async accept(...args) {
    this.asked.push(["accept", ...args]);
  }
  async join(...args) {
    this.asked.push(["join", ...args]);
  }
  async decline(call) {
    this.asked.push(["decline", call]);
    this.show({ ringing: this.ringing.filter((one) => one.call !== call) });
  }
  isSilenced(call) {
    return this.silenced.has(call);
  }
  silence(call) {
    this.silenced.add(call);
    this.emit("changed", null);
  }
}

/** @param {string} user @param {number} n @param {object} [fields] */
export function participant(user, n, fields = {}) {
  const { media, camera = true, screen = false, ...rest } = fields;
  return {
    participant: `p${n}`,
    user,
    state: "joined",
    mine: n === 0,
    media: { ...ALL_OFF, microphone: true, camera, screen, ...media },
    link: { state: "connected" },
    speaking: false,
    tracks: { camera: camera ? pictureTrack(n) : undefined, screen: screen ? screenTrack() : undefined },
    ...rest,
  };
}

export const ME = "me";
export const NAMES = {
  me: "Marco Rossi",
  lin: "林小雨",
  amina: "Amina Haddad",
  sam: "Sam Okafor",
  yuki: "田中ゆき",
  nora: "Nora Lindqvist",
  diego: "Diego Fernández",
  priya: "Priya Raghunathan-Venkataraman",
  jonas: "Jonas",
};
export const USERS = Object.keys(NAMES);
const GROUP = "group";
const DIRECT = "direct";

const user = (id) => ({ id, username: id, displayName: NAMES[id] });
let minute = 0;
const at = () => new Date(Date.UTC(2026, 4, 4, 7, minute++)).toISOString();
const text = (conversation, seq, sender, words) => ({
  conversation,
  seq,
  kind: "message",
  sender,
  at: at(),
  content: { type: "text", text: words },
  counts: true,
});
const ended = (conversation, seq, sender, content) => ({
  conversation,
  seq,
  kind: "call",
  sender,
  at: at(),
  content: { call: `c${seq}`, participants: [], seconds: 0, ...content },
  summary: "Call",
});

const directEntries = [
  text(DIRECT, 1, "lin", "你好 Marco! 到米兰了吗？"),
  text(DIRECT, 2, ME, "Yes, just now. Can I call you?"),
  ended(DIRECT, 3, ME, { media: "audio", outcome: "missed" }),
  ended(DIRECT, 4, "lin", { media: "video", outcome: "cancelled" }),
  ended(DIRECT, 5, "lin", { media: "video", outcome: "completed", seconds: 222 }),
  ended(DIRECT, 6, ME, { media: "audio", outcome: "declined" }),
  text(DIRECT, 7, "lin", "明天见 🐦"),
];
const groupEntries = [
  text(GROUP, 1, "amina", "Over the Po delta, or around it?"),
  text(GROUP, 2, "sam", "Over it. The wetlands are full of friends."),
  ended(GROUP, 3, "sam", { media: "video", outcome: "missed" }),
  ended(GROUP, 4, ME, { media: "video", outcome: "completed", seconds: 3727, participants: USERS.slice(0, 5) }),
  text(GROUP, 5, ME, "Shall we talk about the route?"),
];

/** The client's connection, with two conversations and no server. */
export class FakeHongyan extends Emitter {
  user = user(ME);
  state = "online";
  storage = new SafeStorage(() => undefined);
  session = { updateUser() {}, clear() {} };
  delivery = { track() {} };
  outbox = undefined;

  supports(type) {
    return !type.startsWith("block");
  }
  async request(type) {
    if (type === "group.members") return { members: USERS.map((id) => ({ user: id, role: "member", joinedSeq: 1 })) };
    if (type === "users.get") return { users: USERS.map(user) };
    if (type === "presence.watch") return { presence: [{ user: "lin", online: true }] };
    if (type === "conversation.list") return { conversations: [], users: USERS.map(user) };
    return {};
  }
  async http() {
    return {};
  }
  async history(conversation) {
    return { entries: [], from: 1, through: 0, firstSeq: 1, lastSeq: 0 };
  }
  notify() {}
  typing() {}

  arrive() {
    this.emit("users", USERS.map(user));
    this.#change(
      { id: GROUP, kind: "group", title: "Spring migration 🌾", memberCount: 9, role: "member" },
      groupEntries,
    );
    this.#change({ id: DIRECT, kind: "direct", peer: "lin" }, directEntries);
    this.emit("synced", null);
  }
  #change(info, entries) {
    const { length: lastSeq } = entries;
    const item = { ...info, firstSeq: 1, lastSeq, readSeq: lastSeq, unread: 0, last: entries.at(-1) };
    this.emit("change", {
      conversation: info.id,
      info: item,
      state: "member",
      firstSeq: 1,
      lastSeq,
      readSeq: lastSeq,
      unread: 0,
      entries,
    });
  }
}
