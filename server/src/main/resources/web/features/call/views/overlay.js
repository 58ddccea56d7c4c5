/** @import { App } from "../../../app.js" */
/** @import { Call } from "../client/call.js" */
/** @import { CallMedia, Participant, Ringing } from "../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { lazy } from "../../../lazy.js";
import { h, Rows } from "../../../views/dom.js";
import { makeNotification, notificationsEnabled } from "../../../views/notifications.js";
import { toast, toastOnError } from "../../../views/toast.js";
import { callsOf } from "../calls.js";
import { ending, ringsAnyone, rosterChanges } from "./call-texts.js";
import { callWindow } from "./call-window.js";
import { endCard } from "./end-card.js";
import { noticeText } from "./problems.js";
import { RemoteAudio } from "./remote-audio.js";
import { ringCard, ringingText } from "./ring-card.js";
import { playTone } from "./ring-tones.js";

const callView = lazy(() => import("./call-view.js"));

/** How long the end of a call stays on the screen: longer if there is something to decide. */
const ENDED_MS = 4_000;
const ENDED_WITH_ACTIONS_MS = 15_000;
const TITLE_MS = 1_200;
const MAX_KNOWN = 20;
const VIBRATION = [400, 200, 400, 1200, 400, 200, 400];

/**
 * The parts of calls that are above every page: ringing calls, the current call, and how a call ended.
 * @param {App} app
 * @returns {import("../../../registry.js").Overlay}
 */
export function callOverlay(app) {
  const { client, store } = app;
  const calls = callsOf(store);
  const float = h("div", { class: "call-float", testid: "call-float" });
  const live = h("div", { class: "visually-hidden", "aria-live": "polite", testid: "call-live" });
  const rings = h("div", { class: "call-rings" });
  const element = h("div", { class: "call-overlay" }, float, live);
  float.append(rings);
  const rows = new Rows(rings);
  /** @type {Map<string, Notification>} */
  const notifications = new Map();
  /** @type {RunningCall | null} */
  let running = null;
  /** @type {{element: HTMLElement, timer: ReturnType<typeof setTimeout>} | null} */
  let ended = null;
  /** The end that was shown last. Each end is shown once, even if the user has closed it. */
  let lastEnd = "";
  /** @type {(() => void) | null} */
  let tone = null;
  let toneName = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let titleTimer;

  const update = () => {
    const { ringing, current } = calls;
    rows.show(ringing.map((one) => ringCard(app, one)));
    if (ringing.length > 0) closeEnd();
    notify(ringing);
    flashTitle(ringing[0]);
    if (running && running.call !== current) {
      running.stop();
      running = null;
    }
    if (current && !running) {
      closeEnd();
      running = new RunningCall(app, current, { element, float, live });
      current.on("changed", () => {
        remember();
        sound(calls.ringing, calls.current);
      });
    }
    sound(ringing, current);
    if (calls.ended) showEnd(calls.ended);
    showOrHide();
  };
  const showOrHide = () => {
    element.hidden = calls.ringing.length === 0 && !running && !ended;
  };

  /** @param {Ringing[]} ringing @param {Call | undefined} current */
  function sound(ringing, current) {
    const loud = ringing.some(({ call }) => !calls.isSilenced(call));
    const calling = current?.state === "ringing" && ringsAnyone(current.participants);
    const wanted = loud && !current ? "ring" : calling ? "ringback" : "";
    if (wanted === toneName) return;
    tone?.();
    toneName = wanted;
    tone = wanted ? playTone(wanted) : null;
    // Until the first click on the page, browsers refuse it with an error in the log.
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(wanted === "ring" ? VIBRATION : 0);
  }

  /** A system notification, as for messages. @param {Ringing[]} ringing */
  function notify(ringing) {
    for (const [call, notification] of notifications) {
      if (ringing.some((one) => one.call === call)) continue;
      notification.close();
      notifications.delete(call);
    }
    if (!notificationsEnabled() || document.hasFocus()) return;
    for (const one of ringing) {
      if (notifications.has(one.call)) continue;
      const options = { body: t("call.rings_hint"), tag: one.call, icon: "art/mark.svg", requireInteraction: true };
      const notification = makeNotification(ringingText(app, one), options);
      if (!notification) return;
      notification.addEventListener("click", () => window.focus());
      notifications.set(one.call, notification);
    }
  }

  /** @param {Ringing | undefined} ringing */
  function flashTitle(ringing) {
    if (!ringing === (titleTimer === undefined)) return;
    clearInterval(titleTimer);
    titleTimer = undefined;
    if (!ringing) {
      // The page sets its title when the list changes.
      store.touch("list");
      return;
    }
    const show = () => {
      if (calls.ringing[0]) document.title = ringingText(app, calls.ringing[0]);
    };
    show();
    titleTimer = setInterval(show, TITLE_MS);
  }

  /** @param {{call: string, conversation: string, reason: string, outcome?: string, seconds?: number}} end */
  function showEnd(end) {
    const id = `${end.call} ${end.reason}`;
    if (lastEnd === id || calls.current) return;
    const about = known.get(end.call);
    const said = ending(store, end, about?.tookPart ?? false);
    if (!said) return;
    lastEnd = id;
    closeEnd();
    const card = endCard(app, { ...end, media: about?.media ?? "audio" }, said, closeEnd);
    const ms = card.querySelector(".button") ? ENDED_WITH_ACTIONS_MS : ENDED_MS;
    const close = () => {
      // Not while the user points at it or has the focus in it.
      if (card.matches(":hover, :focus-within") && ended) ended.timer = setTimeout(close, ENDED_MS);
      else closeEnd();
    };
    ended = { element: card, timer: setTimeout(close, ms) };
    float.append(card);
    showOrHide();
    if (about?.tookPart) playTone(end.reason === "busy" ? "busy" : "ended");
  }

  function closeEnd() {
    clearTimeout(ended?.timer);
    ended?.element.remove();
    ended = null;
    showOrHide();
  }

  /**
   * The latest calls, because the end of a call does not contain everything to show.
   * @type {Map<string, {conversation: string, media: CallMedia, tookPart: boolean}>}
   */
  const known = new Map();
  const remember = () => {
    const { current, ringing } = calls;
    for (const { call, conversation, media } of ringing) {
      known.set(call, { conversation, media, tookPart: known.get(call)?.tookPart ?? false });
    }
    if (current?.id)
      known.set(current.id, { conversation: current.conversation, media: current.media, tookPart: true });
    while (known.size > MAX_KNOWN) known.delete([...known.keys()][0]);
  };

  calls.on("changed", () => {
    remember();
    update();
  });
  // The end of a call that only rang here.
  client.on("call.ended", (end) => known.get(end.call)?.tookPart === false && showEnd(end));
  client.on("call.answered_elsewhere", ({ call }) => {
    const about = known.get(call);
    if (about?.tookPart === false) showEnd({ call, conversation: about.conversation, reason: "answered_elsewhere" });
  });
  store.users.on("changed", update);
  store.on("list", update);
  remember();
  update();
  return {
    element,
    draw() {
      closeEnd();
      rows.show([]);
      running?.redraw();
      update();
    },
  };
}

/** The views and the sound of the running call. */
class RunningCall {
  /** @type {{stop: () => void} | null} */
  #view = null;
  #stopped = false;
  /** @type {Participant[]} */
  #roster = [];

  /**
   * @param {App} app
   * @param {Call} call
   * @param {{element: HTMLElement, float: HTMLElement, live: HTMLElement}} places
   */
  constructor(app, call, places) {
    this.app = app;
    this.call = call;
    this.places = places;
    this.audio = new RemoteAudio(call);
    this.stops = [
      call.on("changed", () => this.#announce()),
      app.store.users.on("changed", () => this.#announce()),
      call.on("notice", (notice) => {
        const text = noticeText(notice);
        if (text) toast(text);
      }),
    ];
    this.#roster = call.participants;
    toastOnError(this.#load());
  }

  async #load() {
    const { createCallView } = await callView();
    if (!this.#stopped) this.#view ??= createCallView(this.app, this.call, this.places);
  }

  #announce() {
    const { participants } = this.call;
    const { store } = this.app;
    if (participants === this.#roster) return;
    // The profile of a new participant is on its way. Without it, the announcement would have no name.
    if (participants.some(({ user }) => user !== store.me && !store.users.get(user))) return;
    const said = rosterChanges(store, this.#roster, participants);
    this.#roster = participants;
    const { live } = this.places;
    for (const text of said) live.append(h("p", {}, text));
    while (live.childElementCount > 5) live.firstChild?.remove();
  }

  /** The language changed. */
  redraw() {
    this.#view?.stop();
    this.#view = null;
    toastOnError(this.#load());
  }

  stop() {
    this.#stopped = true;
    for (const stop of this.stops) stop();
    this.audio.stop();
    this.#view?.stop();
    callWindow.expand();
  }
}
