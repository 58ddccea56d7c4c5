/** @import { Key } from "../../../i18n/i18n.js" */
/** @import { Store } from "../../../store/store.js" */
/** @import { Call } from "../client/call.js" */
/** @import { LocalMedia } from "../client/local-media.js" */
/** @import { Problem } from "../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { h, icon, iconButton, Rows } from "../../../views/dom.js";
import { nameOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";

/**
 * A problem in two sentences: what is wrong, and what the user can do about it.
 * @typedef {{text: Key, hint?: Key, serious?: boolean}} ProblemText
 */

/** @type {Record<string, ProblemText>} */
const PROBLEMS = {
  "call.problem_microphone_missing": { text: "call.problem_microphone_missing", hint: "call.hint_microphone_missing" },
  "call.problem_microphone_in_use": { text: "call.problem_microphone_in_use", hint: "call.hint_in_use" },
  "call.problem_microphone_denied": { text: "call.problem_microphone_denied", hint: "call.hint_denied" },
  "call.problem_microphone_insecure": { text: "call.problem_microphone_insecure", hint: "call.hint_insecure" },
  "call.problem_microphone_failed": { text: "call.problem_microphone_failed", hint: "call.hint_failed" },
  "call.problem_camera_missing": { text: "call.problem_camera_missing", hint: "call.hint_camera_missing" },
  "call.problem_camera_in_use": { text: "call.problem_camera_in_use", hint: "call.hint_in_use" },
  "call.problem_camera_denied": { text: "call.problem_camera_denied", hint: "call.hint_denied" },
  "call.problem_camera_insecure": { text: "call.problem_camera_insecure", hint: "call.hint_insecure" },
  "call.problem_camera_failed": { text: "call.problem_camera_failed", hint: "call.hint_failed" },
  "call.problem_devices_missing": { text: "call.problem_devices_missing", hint: "call.hint_microphone_missing" },
  "call.problem_devices_in_use": { text: "call.problem_devices_in_use", hint: "call.hint_in_use" },
  "call.problem_devices_denied": { text: "call.problem_devices_denied", hint: "call.hint_denied" },
  "call.problem_devices_insecure": { text: "call.problem_devices_insecure", hint: "call.hint_insecure" },
  "call.problem_devices_failed": { text: "call.problem_devices_failed", hint: "call.hint_failed" },
  "call.problem_signaling": { text: "call.problem_signaling" },
  "call.problem_link": { text: "call.problem_link", hint: "call.hint_link" },
  "call.problem_code": { text: "call.problem_code", hint: "call.hint_code", serious: true },
  "call.problem_sound": { text: "call.problem_sound" },
};

/** How many problems to show, the most important first, because the pictures need room, too. */
const MAX_SHOWN = 2;

/** The labels of the buttons beside a problem. @type {Record<string, Key>} */
const ACTIONS = { retry: "action.retry", sound: "call.hear" };

/** The texts of the client's notices, which are shown as toasts. @type {Record<string, Key>} */
const NOTICES = {
  "call.notice_microphone_lost": "call.notice_microphone_lost",
  "call.notice_camera_lost": "call.notice_camera_lost",
  "call.notice_code_changed": "call.notice_code_changed",
  "call.notice_screen_ended": "call.notice_screen_ended",
  "call.notice_rejoined": "call.notice_rejoined",
};

/**
 * The text of a notice, or undefined if this page does not know it.
 * @param {{key: string, values: Record<string, string>}} notice
 */
export function noticeText({ key, values }) {
  return NOTICES[key] && t(NOTICES[key], values);
}

/**
 * The devices that failed, as problems of a call that has not begun.
 * @param {LocalMedia} local
 * @returns {Problem[]}
 */
export function deviceProblems(local) {
  const kinds = /** @type {const} */ (["microphone", "camera"]);
  return kinds.flatMap((kind) => {
    const error = local.errors[kind];
    if (!error) return [];
    const retry = { name: /** @type {const} */ ("retry"), run: async () => void (await local.retry(kind)) };
    return [{ key: `call.problem_${kind}_${error}`, values: {}, action: error === "insecure" ? undefined : retry }];
  });
}

/**
 * One problem instead of two if the microphone and the camera fail for the same reason.
 * @param {Problem[]} problems
 * @returns {Problem[]}
 */
export function merged(problems) {
  const errorOf = (/** @type {string} */ kind) => problems.find(({ key }) => key.startsWith(`call.problem_${kind}_`));
  const [microphone, camera] = [errorOf("microphone"), errorOf("camera")];
  const key = microphone?.key.replace("_microphone_", "_devices_");
  if (!key || !microphone || !camera || camera.key.replace("_camera_", "_devices_") !== key) return problems;
  const run = async () => {
    await microphone.action?.run();
    await camera.action?.run();
  };
  const action = microphone.action && { name: microphone.action.name, run };
  return problems.flatMap((one) => (one === camera ? [] : one === microphone ? [{ key, values: {}, action }] : [one]));
}

/**
 * The problems of a call, each with its remedy. The user can dismiss the problem of a failed device and leave the
 * device off.
 * @param {Store} store
 * @param {() => Problem[]} problems
 */
export function problemsView(store, problems) {
  const element = h("div", { class: "call-problems", role: "status", testid: "call-problems" });
  const rows = new Rows(element);
  /** The problems that the user has dismissed, until they are resolved. @type {Set<string>} */
  const closed = new Set();
  const update = () => {
    const present = merged(problems()).map((problem) => ({
      problem,
      id: `${problem.key} ${problem.values.user ?? ""}`,
    }));
    for (const id of closed) if (!present.some((one) => one.id === id)) closed.delete(id);
    rows.show(
      present
        .filter(({ id, problem }) => PROBLEMS[problem.key] && !closed.has(id))
        .slice(0, MAX_SHOWN)
        .map(({ id, problem }) => {
          const who = nameOf(store, problem.values.user);
          const close = () => {
            closed.add(id);
            update();
          };
          return {
            key: id,
            deps: [who, problem.action?.name],
            make: () => problemRow(problem, who, close),
          };
        }),
    );
  };
  return { element, update };
}

/** @param {Problem} problem @param {string} who @param {() => void} close */
function problemRow({ key, action }, who, close) {
  const { text, hint, serious } = PROBLEMS[key];
  return h(
    "div",
    { class: serious ? "call-problem serious" : "call-problem", role: serious && "alert", data: { problem: key } },
    icon("alert"),
    h("p", {}, h("strong", {}, t(text, { who })), hint && h("span", {}, ` ${t(hint, { who })}`)),
    !serious && iconButton("close", t("action.close"), { onclick: close }),
    action &&
      h(
        "button",
        {
          type: "button",
          class: "button small",
          testid: `call-${action.name}`,
          onclick: () => toastOnError(action.run()),
        },
        t(ACTIONS[action.name]),
      ),
  );
}
