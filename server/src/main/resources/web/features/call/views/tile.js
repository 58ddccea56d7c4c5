/** @import { Store } from "../../../store/store.js" */
/** @import { Participant } from "../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { fill, h, icon, setData } from "../../../views/dom.js";
import { nameOf } from "../../../views/names.js";
import { connectionKey } from "./call-texts.js";

/** A muted video, which every browser plays without a click. */
export function pictureElement() {
  const video = h("video", { class: "call-picture", autoplay: true, playsinline: true, "aria-hidden": "true" });
  // Set as a property, because the attribute alone does not mute a video that a script created.
  video.muted = true;
  video.disablePictureInPicture = true;
  // A video pauses when it is removed from the document and put back, for example when a dialog opens.
  video.addEventListener("pause", () => video.srcObject && video.play().catch(() => {}));
  return video;
}

/**
 * Shows a track, or nothing. A track that is already shown continues without flickering.
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | undefined} track
 */
export function showTrack(video, track) {
  const stream = /** @type {MediaStream | null} */ (video.srcObject);
  const shown = stream?.getVideoTracks()[0];
  if (shown !== track) video.srcObject = track ? new MediaStream([track]) : null;
  video.hidden = !track;
  if (track && video.paused) video.play().catch(() => {});
}

/**
 * Whether the participant sends a picture, according to the server and not to the track, which may have no frames.
 * @param {Participant} participant
 */
export const hasCamera = ({ media, tracks }) => Boolean(media.camera && tracks.camera);

/** The picture of a participant, or their avatar, with everything that others need to know about them. */
export class Tile {
  #video = pictureElement();
  #face = h("span", { class: "call-face" });
  #big = h("span", { class: "call-big-name", dir: "auto" });
  #status = h("span", { class: "call-tile-status" });
  #name = h("span", { class: "call-tile-name", dir: "auto" });
  #marks = h("span", { class: "call-tile-marks" });
  #hand = h("span", { class: "call-tile-hand" }, icon("call-hand"));
  /** The current values, so that only changes are drawn. */
  #drawn = { face: "", marks: "" };

  /**
   * @param {Store} store
   * @param {{press?: () => void}} [options] `press`: makes the whole picture a button
   */
  constructor(store, { press } = {}) {
    this.store = store;
    this.button = press ? h("button", { type: "button", class: "call-tile-press", onclick: press }) : null;
    this.element = h(
      "div",
      { class: "call-tile", testid: "call-tile" },
      this.#video,
      h("div", { class: "call-tile-face" }, this.#face, this.#big, this.#status),
      h("div", { class: "call-tile-foot" }, this.#marks, this.#name),
      this.#hand,
      this.button,
    );
  }

  get video() {
    return this.#video;
  }

  /**
   * @param {Participant} participant
   * @param {{status?: string, pinned?: boolean, main?: boolean}} [options] `status`: shown below the avatar
   */
  show(participant, { status = "", pinned = false, main = false } = {}) {
    const { user, mine, media, state, link } = participant;
    const who = nameOf(this.store, user);
    const name = mine ? t("call.you") : who;
    const camera = hasCamera(participant);
    const connection = connectionKey(participant);
    const trouble = connection ? t(connection) : "";
    showTrack(this.#video, camera ? participant.tracks.camera : undefined);
    this.#drawFace(user, who);
    this.#big.textContent = who;
    this.#status.textContent = trouble || status;
    this.#name.textContent = name;
    this.#drawMarks(participant);
    this.#hand.hidden = !media.hand;
    setData(this.element, {
      user,
      participant: participant.participant,
      state,
      link: mine ? undefined : link.state,
      camera,
      mine,
      main,
      pinned,
      speaking: participant.speaking && media.microphone !== false,
      trouble: trouble !== "",
    });
    this.#describe(participant, who, trouble, pinned);
  }

  /** @param {string} user @param {string} who */
  #drawFace(user, who) {
    const drawn = `${user} ${who}`;
    if (this.#drawn.face === drawn) return;
    this.#drawn.face = drawn;
    const face = avatar(user, who, { size: "large" });
    const hue = [...face.classList].find((name) => name.startsWith("hue-")) ?? "";
    this.element.className = `call-tile ${hue}`;
    fill(this.#face, face);
  }

  /** @param {Participant} participant */
  #drawMarks({ state, media, mine, link }) {
    const muted = state === "joined" && media.microphone === false;
    const weak = !mine && link.state === "interrupted";
    const drawn = `${muted} ${weak}`;
    if (this.#drawn.marks === drawn) return;
    this.#drawn.marks = drawn;
    fill(this.#marks, muted && icon("call-microphone-off"), weak && icon("call-weak"));
    this.#marks.hidden = !muted && !weak;
  }

  /**
   * The label for screen readers.
   * @param {Participant} participant
   * @param {string} who
   * @param {string} trouble
   * @param {boolean} pinned
   */
  #describe({ mine, media, state }, who, trouble, pinned) {
    const parts = [
      mine ? t("call.you") : who,
      trouble,
      state === "joined" && media.microphone === false && t("call.muted"),
      media.hand && t("call.hand_raised"),
      media.screen && t("call.shares_screen"),
    ].filter(Boolean);
    const text = parts.join(", ");
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", text);
    if (!this.button) return;
    const label = t("call.pin", { who: text });
    if (this.button.title !== label) {
      this.button.title = label;
      this.button.setAttribute("aria-label", label);
    }
    this.button.setAttribute("aria-pressed", String(pinned));
  }
}
