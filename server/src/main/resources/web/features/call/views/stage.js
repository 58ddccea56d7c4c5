/** @import { Store } from "../../../store/store.js" */
/** @import { Call } from "../client/call.js" */
/** @import { Corner, Rect } from "./layout.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon, setData } from "../../../views/dom.js";
import { nameOf } from "../../../views/names.js";
import { movesBetweenCorners } from "./corner.js";
import { arrange, isTall, pictured, pictureKey, stagePlan } from "./layout.js";
import { rosterOf } from "./roster.js";
import { pictureElement, showTrack, Tile } from "./tile.js";

/** Smaller pictures, in CSS pixels, have no room for a text above the name. */
const SMALL = 112;

/**
 * The pictures of a call. They move only on the screen, never in the document, because a video that is removed from the
 * document stops.
 */
export class StageView {
  /** Whether the user chose the speaker view. */
  wantsFocus = false;
  /** The picture that the user chose to be large. @type {string | undefined} */
  pinned;
  /** @type {Corner} of the own picture while it floats */
  #corner = "top-end";
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #screen = new ScreenTile();
  /** The picture of the participant who spoke last. @type {string | undefined} */
  #speaker;
  #observer = new ResizeObserver(() => this.draw());

  /**
   * @param {Store} store
   * @param {Call} call
   * @param {{insets: () => {top: number, bottom: number}, status: () => string, changed: () => void,
   *   stopSharing: () => void}} around `insets`: what covers the stage; `status`: what is below the other's name;
   *   `changed`: the mode changed
   */
  constructor(store, call, around) {
    this.store = store;
    this.call = call;
    this.around = around;
    this.element = h("div", { class: "call-stage", testid: "call-stage" }, this.#screen.element);
    this.#screen.stop.addEventListener("click", around.stopSharing);
    this.#observer.observe(this.element);
  }

  get plan() {
    const participants = pictured(rosterOf(this.store, this.call));
    const { wantsFocus, pinned } = this;
    return stagePlan({ participants, wantsFocus, pinned, speaker: this.#speaker });
  }

  /** The participant to show where there is room for only one. */
  get featured() {
    const participants = pictured(rosterOf(this.store, this.call));
    const others = participants.filter(({ mine }) => !mine);
    return participants.find((one) => pictureKey(one) === this.#speaker) ?? others[0] ?? participants[0];
  }

  draw() {
    const { call, pinned, store } = this;
    const talking = call.participants.find(({ mine, speaking }) => speaking && !mine);
    if (talking) this.#speaker = pictureKey(talking);
    const participants = pictured(rosterOf(store, call));
    const { plan } = this;
    const { mode } = plan;
    const { clientWidth: width, clientHeight: height } = this.element;
    const side = width < 720 ? 8 : 16;
    const stage = { width, height, side, ...this.around.insets() };
    const { main, pictures } = arrange(plan, participants, stage, this.#corner);
    setData(this.element, { mode, count: participants.length, tall: isTall(stage) });
    for (const participant of participants) {
      const key = pictureKey(participant);
      const tile = this.#tile(key, participant.mine);
      const large = mode === "solo" || (mode === "pair" && key === plan.main);
      tile.show(participant, {
        status: large ? this.around.status() : "",
        pinned: key === pinned,
        main: large,
      });
      place(tile.element, pictures.get(key));
      const floats = mode === "pair" && participant.mine;
      setData(tile.element, { floats });
      if (tile.button) tile.button.hidden = participants.length < 3;
      tile.element.tabIndex = floats ? 0 : -1;
    }
    for (const [key, tile] of this.#tiles) {
      if (participants.some((participant) => pictureKey(participant) === key)) continue;
      showTrack(tile.video, undefined);
      tile.element.remove();
      this.#tiles.delete(key);
    }
    this.#drawScreen(plan, main);
  }

  /** @param {string} key @param {boolean} mine */
  #tile(key, mine) {
    const known = this.#tiles.get(key);
    if (known) return known;
    const tile = new Tile(this.store, { press: () => this.pin(key) });
    this.#tiles.set(key, tile);
    this.element.append(tile.element);
    if (mine) {
      movesBetweenCorners(tile.element, {
        area: () => this.element.getBoundingClientRect(),
        corner: () => this.#corner,
        moved: (corner) => {
          this.#corner = corner;
          this.draw();
        },
      });
    }
    return tile;
  }

  /** @param {string} key */
  pin(key) {
    this.pinned = this.pinned === key ? undefined : key;
    this.draw();
    this.around.changed();
  }

  /** @param {ReturnType<typeof stagePlan>} plan @param {Rect | undefined} rect */
  #drawScreen(plan, rect) {
    const sharer = plan.screen && this.call.participants.find((one) => pictureKey(one) === plan.main);
    this.#screen.element.hidden = !sharer;
    if (!sharer || !rect) return showTrack(this.#screen.video, undefined);
    this.#screen.show(sharer, nameOf(this.store, sharer.user));
    place(this.#screen.element, rect);
  }

  stop() {
    this.#observer.disconnect();
    for (const { video } of this.#tiles.values()) showTrack(video, undefined);
  }
}

/** A shared screen. For this user's own screen it shows only a note, because the picture would contain itself. */
class ScreenTile {
  video = pictureElement();
  #label = h("span", { class: "call-tile-name", dir: "auto" });
  stop = h("button", { type: "button", class: "button", testid: "call-screen-stop" }, t("call.screen_stop"));
  #note = h("div", { class: "call-screen-note" }, icon("call-screen"), h("p", {}, t("call.screen_yours")), this.stop);
  element = h(
    "div",
    { class: "call-tile call-shared", role: "group", hidden: true, testid: "call-shared" },
    this.video,
    this.#note,
    h("div", { class: "call-tile-foot" }, this.#label),
  );

  /** @param {import("../client/types.js").Participant} sharer @param {string} who */
  show({ mine, tracks }, who) {
    const label = mine ? t("call.screen_yours") : t("call.screen_of", { who });
    showTrack(this.video, mine ? undefined : tracks.screen);
    this.#note.hidden = !mine;
    this.#label.textContent = label;
    this.#label.hidden = mine;
    this.element.setAttribute("aria-label", label);
  }
}

/** @param {HTMLElement} element @param {Rect | undefined} rect */
function place(element, rect) {
  if (!rect) return;
  const { style } = element;
  style.left = `${rect.x}px`;
  style.top = `${rect.y}px`;
  style.width = `${rect.width}px`;
  style.height = `${rect.height}px`;
  const size = Math.min(rect.width, rect.height);
  // Initials and texts follow the size of the picture.
  style.setProperty("--size", `${size}px`);
  setData(element, { small: size < SMALL });
}
