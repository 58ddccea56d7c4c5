/** @import { App } from "../../../app.js" */
/** @import { EntryOptions } from "../calls.js" */
/** @import { CallMedia } from "../client/types.js" */
import { asHongyanError } from "../../../client/errors.js";
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
  callWindow.expand();
  try {
    await calls.start(id, { media, ...choices });
  } catch (thrown) {
    const error = asHongyanError(thrown);
    const other = error.details.call;
    // Another member was faster and has started the group's call. The devices of this attempt are closed.
    if (error.reason !== "call.active" || !other) throw thrown;
    await calls.join(other, { ...choices, local: undefined, devices: choices.local?.chosen });
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
    enter: async (choices) => {
      callWindow.expand();
      await callsOf(app.store).join(call, choices);
    },
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
  return attempt(async () => {
    callWindow.expand();
    await callsOf(app.store).accept(call, { microphone: true, camera });
  });
}

/** A user is in one call at a time. @param {App} app */
async function leavesCurrent({ store }) {
  const { current } = callsOf(store);
  if (!current) return true;
  const question = { title: t("call.leave_first"), text: t("call.leave_first_question"), action: t("call.leave") };
  if (!(await confirm(question))) return false;
  await current.leave();
  return true;
}
