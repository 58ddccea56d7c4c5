/** @import { Feature } from "../../registry.js" */
import { Calls, callsOf } from "./calls.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import icons from "./icons.js";
import { callBanner } from "./views/banner.js";
import { callBubble } from "./views/call-bubble.js";
import { callLine } from "./views/call-texts.js";
import { callOverlay } from "./views/overlay.js";
import { startCall } from "./views/start.js";

/**
 * Audio and video calls of up to nine.
 *
 * Test ids: in a conversation call-audio and call-video (buttons), call-bar (a call in progress) with call-bar-join,
 * call-bubble (data-outcome, data-media; calls back); call-preview with call-preview-stage,
 * call-preview-<microphone|camera>, call-preview-<microphone|camera|speaker>-choice, call-ring-all, call-enter;
 * call-ring (data-call, data-media) with call-accept, call-accept-audio, call-decline, call-silence; call-screen
 * (data-call, data-state, data-mode) with call-title, call-status, call-minimise, call-layout, call-code (opens
 * call-code-card), call-people-open, call-stage, call-tile (data-user, data-participant, data-state, data-link,
 * data-camera, data-speaking, data-main, data-mine), call-shared (a shared screen) with call-screen-stop;
 * call-microphone, call-camera, call-screen-share, call-hand (all with aria-pressed), call-devices (opens
 * call-device-menu with call-<microphone|camera|speaker>-option), call-leave; call-problems with call-retry,
 * call-sound; call-people with call-person (data-user, data-state), call-ring-again, call-remove, call-invite (opens
 * call-invite-dialog with call-invite-submit), call-end-all; call-mini with call-mini-back, call-mini-status,
 * call-mini-microphone, call-picture, call-mini-leave; call-ended (data-call, data-reason) with call-end-write,
 * call-end-again, call-end-join, call-ended-close; call-live (announced by screen readers).
 * @type {Feature}
 */
export default {
  name: "call",
  texts: { en, zh, it },
  icons,
  styles: ["features/call/call.css"],

  store({ client, store }) {
    const calls = new Calls(client, { store });
    calls.on("changed", () => {
      if (store.viewing) store.touch("conversation", store.viewing);
      store.touch("list");
    });
    return calls;
  },

  entries: {
    call: {
      isBubble: (store, { conversation }) => !store.conversations.get(conversation)?.isGroup,
      bubble: callBubble,
      line: callLine,
    },
  },

  listMarks: [
    ({ store }, conversation) => {
      const banner = callsOf(store).banner(conversation);
      return banner && { icon: banner.media === "video" ? "call-video" : "call-audio", label: "call.list_mark" };
    },
  ],

  chatActions: [
    {
      label: "call.audio",
      icon: "call-audio",
      testid: "call-audio",
      available: ({ store }) => callsOf(store).enabled,
      choose: (app, conversation) => startCall(app, conversation, "audio"),
    },
    {
      label: "call.video",
      icon: "call-video",
      testid: "call-video",
      available: ({ store }) => callsOf(store).enabled,
      choose: (app, conversation) => startCall(app, conversation, "video"),
    },
  ],

  chatBars: [{ key: "call", show: callBanner }],

  overlays: [callOverlay],

  errors: {
    "call.not_found": "call.error_not_found",
    "call.peer_unknown": "call.error_peer",
    "call.peer_reconnecting": "call.error_peer",
    "call.peer_unreachable": "call.error_peer",
    "call.active": "call.error_active",
    "call.ended": "call.error_ended",
    "call.full": "call.error_full",
    "call.answered_elsewhere": "call.error_answered_elsewhere",
    "call.in_another_call": "call.error_in_another_call",
    "call.screen_taken": "call.error_screen_taken",
    "call.not_joined": "call.error_not_joined",
    "call.resume_invalid": "call.error_not_joined",
    "call.not_host": "call.error_not_host",
    "call.removed": "call.error_removed",
    "call.recovering": "call.error_recovering",
    "call.ring_rate": { text: "call.error_ring_rate", wait: true },
    "call.signal_rate": "error.limited",
    "call.busy": "error.unavailable",
    "call.form": "error.request",
  },
};
