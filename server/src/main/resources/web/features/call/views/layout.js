/** @import { Participant } from "../client/types.js" */

/**
 * Pure functions that lay out the pictures of a call on the stage.
 *
 * @typedef {{columns: number, rows: number, width: number, height: number}} GridShape the size of a picture in CSS
 *   pixels
 */

/** A picture is never wider than a cinema's or narrower than a phone's: faces would be cut off. */
const WIDEST = 16 / 9;
const NARROWEST = 3 / 5;
/** The aspect ratio of a camera. */
const USUAL = 4 / 3;

/**
 * The grid in which `count` pictures of the same size cover as much of the stage as possible. Of grids that are nearly
 * as good, the one that cuts off less of the pictures and has fewer empty cells.
 * @param {number} count
 * @param {number} width of the stage
 * @param {number} height of the stage
 * @param {number} gap between pictures
 * @returns {GridShape}
 */
export function gridShape(count, width, height, gap) {
  /** @type {GridShape} */
  let best = { columns: 1, rows: 1, width: 0, height: 0 };
  let bestScore = -1;
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const shape = fitted((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows);
    const empty = columns * rows - count;
    const cut = Math.abs(Math.log(shape.width / shape.height / USUAL)) || 0;
    const score = shape.width * shape.height * (1 - 0.01 * empty) * (1 - 0.15 * cut);
    if (score > bestScore) [best, bestScore] = [{ columns, rows, ...shape }, score];
  }
  return best;
}

/**
 * The largest picture that fits into a cell.
 * @param {number} width
 * @param {number} height
 */
function fitted(width, height) {
  const w = Math.max(0, width);
  const h = Math.max(0, height);
  if (w > h * WIDEST) return { width: Math.floor(h * WIDEST), height: Math.floor(h) };
  if (w < h * NARROWEST) return { width: Math.floor(w), height: Math.floor(w / NARROWEST) };
  return { width: Math.floor(w), height: Math.floor(h) };
}

/** How many pictures the stage shows at most: the greatest number of participants of a call. */
const MAX_PICTURES = 9;

/**
 * The users who have a picture, in the order of the roster: participants first, then ringing users.
 * @param {Participant[]} participants
 * @returns {Participant[]}
 */
export function pictured(participants) {
  const joined = participants.filter(({ state }) => state === "joined" || state === "reconnecting");
  const rung = participants.filter(({ state }) => state === "ringing" || state === "invited");
  return [...joined, ...rung].slice(0, MAX_PICTURES);
}

/**
 * Identifies a picture: a user whose device is still unknown, or a participant.
 * @param {Participant} participant
 */
export function pictureKey({ participant, user }) {
  return participant ?? `user ${user}`;
}

/**
 * What the stage shows.
 *
 * - `solo`: only one picture: of the other participant, or of the user while they are alone.
 * - `pair`: the other participant's picture fills the stage, and the self view floats in a corner.
 * - `grid`: all pictures have the same size.
 * - `focus`: one picture or screen is large, the others are in a strip.
 * @param {object} call
 * @param {Participant[]} call.participants those with a picture
 * @param {boolean} call.wantsFocus the user chose the speaker view
 * @param {string | undefined} call.pinned the key of the picture that the user chose
 * @param {string | undefined} call.speaker the key of the participant who spoke last
 * @returns {{mode: "solo" | "pair" | "grid" | "focus", main?: string, screen: boolean}}
 */
export function stagePlan({ participants, wantsFocus, pinned, speaker }) {
  const keys = participants.map(pictureKey);
  const sharer = participants.find(({ mine, media, tracks }) => media.screen && (mine || tracks.screen));
  const others = participants.filter(({ mine }) => !mine).map(pictureKey);
  if (sharer && !(pinned && keys.includes(pinned))) return { mode: "focus", main: pictureKey(sharer), screen: true };
  if (keys.length <= 1) return { mode: "solo", main: keys[0], screen: false };
  if (pinned && keys.includes(pinned) && keys.length > 2) return { mode: "focus", main: pinned, screen: false };
  if (keys.length === 2 && others.length === 1) return { mode: "pair", main: others[0], screen: false };
  if (!wantsFocus) return { mode: "grid", screen: false };
  const main = speaker && keys.includes(speaker) ? speaker : others[0];
  return { mode: "focus", main, screen: false };
}

/** @typedef {{x: number, y: number, width: number, height: number}} Rect in CSS pixels, from the stage's top left */
/** @typedef {"top-start" | "top-end" | "bottom-start" | "bottom-end"} Corner */

/**
 * The stage, and the insets that the header and the controls of the call cover.
 * @typedef {{width: number, height: number, top: number, bottom: number, side: number}} Stage
 */

const GAP = 8;
/** The share of the stage that the strip of small pictures takes in the focus mode. */
const STRIP = { wide: 0.2, tall: 0.24 };
/** The floating self view. */
const FLOATING = { wide: { width: 224, height: 140 }, tall: { width: 104, height: 148 } };
const FLOATING_MARGIN = 12;

/** Whether the stage is that of a phone in portrait orientation. @param {Stage} stage */
export const isTall = ({ width, height }) => height > width;

/**
 * The positions of the pictures.
 * @param {ReturnType<typeof stagePlan>} plan
 * @param {Participant[]} participants those with a picture, in their order
 * @param {Stage} stage
 * @param {Corner} corner of the floating picture
 * @returns {{main?: Rect, pictures: Map<string, Rect>}} `main`: the shared screen, which is no participant's picture
 */
export function arrange(plan, participants, stage, corner) {
  const keys = participants.map(pictureKey);
  const own = participants.find(({ mine }) => mine);
  const whole = { x: 0, y: 0, width: stage.width, height: stage.height };
  /** @type {Map<string, Rect>} */
  const pictures = new Map();
  if (plan.mode === "solo") {
    if (plan.main) pictures.set(plan.main, whole);
    return { pictures };
  }
  if (plan.mode === "pair") {
    pictures.set(plan.main ?? "", whole);
    if (own) pictures.set(pictureKey(own), cornerRect(stage, corner));
    return { pictures };
  }
  const free = {
    x: stage.side,
    y: stage.top,
    width: Math.max(0, stage.width - 2 * stage.side),
    height: Math.max(0, stage.height - stage.top - stage.bottom),
  };
  if (plan.mode === "grid") {
    for (const [i, rect] of gridRects(keys.length, free).entries()) pictures.set(keys[i], rect);
    return { pictures };
  }
  const small = plan.screen ? keys : keys.filter((key) => key !== plan.main);
  const { main, strip } = split(free, isTall(stage), small.length);
  for (const [i, rect] of gridRects(small.length, strip).entries()) pictures.set(small[i], rect);
  if (plan.screen) return { main, pictures };
  pictures.set(plan.main ?? "", main);
  return { pictures };
}

/** @param {Rect} free @param {boolean} tall @param {number} small how many pictures are in the strip */
function split(free, tall, small) {
  if (small === 0) return { main: free, strip: { ...free, width: 0 } };
  if (tall) {
    const height = Math.round(free.height * (small > 4 ? STRIP.tall * 1.35 : STRIP.tall));
    const main = { ...free, height: free.height - height - GAP };
    return { main, strip: { ...free, y: main.y + main.height + GAP, height } };
  }
  const width = Math.round(free.width * (small > 4 ? STRIP.wide * 1.3 : STRIP.wide));
  const main = { ...free, width: free.width - width - GAP };
  return { main, strip: { ...free, x: main.x + main.width + GAP, width } };
}

/**
 * The pictures of a grid in the middle of an area; the last row is in the middle, too.
 * @param {number} count
 * @param {Rect} area
 * @returns {Rect[]}
 */
function gridRects(count, area) {
  const { columns, rows, width, height } = gridShape(count, area.width, area.height, GAP);
  const top = area.y + (area.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = area.x + (area.width - inRow * width - (inRow - 1) * GAP) / 2;
    return {
      x: Math.round(left + (i % columns) * (width + GAP)),
      y: Math.round(top + row * (height + GAP)),
      width,
      height,
    };
  });
}

/** @param {Stage} stage @param {Corner} corner @returns {Rect} */
function cornerRect(stage, corner) {
  const { width, height } = isTall(stage) ? FLOATING.tall : FLOATING.wide;
  const start = FLOATING_MARGIN;
  const end = stage.width - width - FLOATING_MARGIN;
  return {
    x: corner.endsWith("end") ? end : start,
    y: corner.startsWith("top") ? stage.top : stage.height - stage.bottom - height,
    width,
    height,
  };
}

/**
 * The corner that a picture was dragged to.
 * @param {number} x its middle, as a share of the width
 * @param {number} y its middle, as a share of the height
 * @returns {Corner}
 */
export function cornerAt(x, y) {
  return /** @type {Corner} */ (`${y < 0.5 ? "top" : "bottom"}-${x < 0.5 ? "start" : "end"}`);
}

/**
 * The corner beside this one in the direction of an arrow key.
 * @param {Corner} corner
 * @param {string} key
 * @returns {Corner | undefined}
 */
export function cornerByKey(corner, key) {
  const [vertical, horizontal] = corner.split("-");
  switch (key) {
    case "ArrowUp":
      return /** @type {Corner} */ (`top-${horizontal}`);
    case "ArrowDown":
      return /** @type {Corner} */ (`bottom-${horizontal}`);
    case "ArrowLeft":
      return /** @type {Corner} */ (`${vertical}-start`);
    case "ArrowRight":
      return /** @type {Corner} */ (`${vertical}-end`);
    default:
      return undefined;
  }
}
