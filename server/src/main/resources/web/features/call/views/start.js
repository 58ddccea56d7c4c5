/** @import { App } from "../../../app.js" */
/** @import { EntryOptions } from "../calls.js" */
/** @import { CallMedia } from "../client/types.js" */
import { asHongyanError, HongyanError } from "../../../client/errors.js";
import { t } from "../../../i18n/i18n.js";
import { lazy } from "../../../lazy.js";
import { confirm } from "../../../views/dialog.js";
import { errorText } from "../../../views/error-text.js";
import { toast } from "../../../views/toast.js";
import { callsOf } from "../calls.js";
import { callWindow } from "./call-window.js";
import { unlockAudio } from "./remote-audio.js";

const preview = lazy(() => import("./preview.js"));

/** @typedef {EntryOptions & {invite?: string[]}} Choices */

/** Whether a call is being started or joined, so that a second click does not start another one. */
let busy = false;

/** @param {() => Promise<unknown>} work */
async function once(work) {
  if (busy) return;
  busy = true;
  await attempt(work);
  busy = false;
}

/**
 * Shows a toast on failure. Hanging up before the server has answered is not a failure.
 * @param {() => Promise<unknown>} work
 */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (asHongyanError(error).reason !== "call.left") toast(errorText(error));
  }
}

/**
 * Handles the call buttons of a conversation. A one-to-one call starts immediately; a group call shows a preview first.
 * @param {App} app
 * @param {string} id of the conversation
 * @param {CallMedia} media
 */
export function startCall(app, id, media) {
  unlockAudio();
  return once(async () => {
    const { store } = app;
    const calls = callsOf(store);
    if (calls.current?.conversation === id) return callWindow.expand();
    const banner = calls.banner(id);
    if (banner) return joinFlow(app, id, banner.id, banner.media);
    if (!(await leavesCurrent(app))) return;
    if (store.conversations.get(id)?.isGroup) {
      (await preview()).openPreview(app, {
        conversation: id,
        media,
        canRing: true,
        enter: (choices) => start(app, id, media, choices),
      });
      return;
    }
    await start(app, id, media, { microphone: true, camera: media === "video" });
  });
}

/**
 * @param {App} app
 * @param {string} id
 * @param {CallMedia} media
 * @param {Choices} choices
 */
async function start(app, id, media, choices) {
  const calls = callsOf(app.store);
  try {
    await enter(app, choices, (chosen) => calls.start(id, { media, ...chosen }));
  } catch (thrown) {
    const error = asHongyanError(thrown);
    const other = error.details.call;
    // Another member was faster and has started the group's call.
    if (error.reason !== "call.active" || !other) throw thrown;
    await enter(app, again(choices), (chosen) => calls.join(other, chosen));
  }
}

/** The choices for another attempt, because a refused one has closed its devices. @param {Choices} choices */
function again(choices) {
  return { ...choices, local: undefined, devices: choices.local?.chosen ?? choices.devices };
}

/**
 * Enters a call. If the user is in another call on another device, offers to leave that one first.
 * @param {App} app
 * @param {Choices} choices
 * @param {(choices: Choices) => Promise<unknown>} attempt
 * @param {(choices: Choices) => Promise<unknown>} [retry] how to enter after the other call was left
 */
async function enter(app, choices, attempt, retry = attempt) {
  callWindow.expand();
  try {
    await attempt(choices);
  } catch (thrown) {
    const error = asHongyanError(thrown);
    const other = error.details.call;
    if (error.reason !== "call.in_another_call" || !other) throw thrown;
    if (!(await confirmLeaving("call.leave_elsewhere_question"))) {
      throw new HongyanError({ kind: "conflict", reason: "call.left" });
    }
    await callsOf(app.store).leaveElsewhere(other);
    await retry(again(choices));
  }
}

/**
 * Joins a call in progress, or moves it from another device of the user to this one.
 * @param {App} app
 * @param {string} id of the conversation
 * @param {string} call
 * @param {CallMedia} media
 */
export function joinCall(app, id, call, media) {
  unlockAudio();
  return once(() => joinFlow(app, id, call, media));
}

/** @param {App} app @param {string} id @param {string} call @param {CallMedia} media */
async function joinFlow(app, id, call, media) {
  if (!(await leavesCurrent(app))) return;
  (await preview()).openPreview(app, {
    conversation: id,
    media,
    canRing: false,
    enter: (choices) => enter(app, choices, (chosen) => callsOf(app.store).join(call, chosen)),
  });
}

/**
 * Accepts a ringing call.
 * @param {App} app
 * @param {string} call
 * @param {boolean} camera
 */
export function acceptCall(app, call, camera) {
  unlockAudio();
  const calls = callsOf(app.store);
  // A refused accept stops the ring on this device, but a join accepts the call as well.
  return attempt(() =>
    enter(
      app,
      { microphone: true, camera },
      (chosen) => calls.accept(call, chosen),
      (chosen) => calls.join(call, chosen),
    ),
  );
}

/** A user is in one call at a time. @param {App} app */
async function leavesCurrent({ store }) {
  const { current } = callsOf(store);
  if (!current) return true;
  if (!(await confirmLeaving("call.leave_first_question"))) return false;
  await current.leave();
  return true;
}

/** @param {string} question the key of the text */
const confirmLeaving = (question) =>
  confirm({ title: t("call.leave_first"), text: t(question), action: t("call.leave_and_continue") });
