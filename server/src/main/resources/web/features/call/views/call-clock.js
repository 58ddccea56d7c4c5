/** @import { Call } from "../client/call.js" */
import { serverClock } from "../../../client/server-clock.js";
import { t } from "../../../i18n/i18n.js";
import { durationText, ringsAnyone } from "./call-texts.js";

/**
 * The state of a call in a word, or its duration.
 * @param {Call} call
 */
export function callStatus({ state, startedAt, me, participants }) {
  // The call opens the devices first, and the browser may be asking the user for permission.
  if (state === "connecting" && !me) return t("call.state_starting");
  if (state === "ringing") return t(ringsAnyone(participants) ? "call.state_ringing" : "call.state_alone");
  if (state === "reconnecting") return t("call.state_reconnecting");
  if (state === "connecting" || startedAt === undefined) return t("call.state_connecting");
  return durationText((serverClock.now() - startedAt) / 1_000);
}
