/** @import { App } from "../../../app.js" */
/** @import { Call } from "../client/call.js" */
/** @import { Participant } from "../client/types.js" */
import { t } from "../../../i18n/i18n.js";
import { avatar } from "../../../views/avatar.js";
import { confirm } from "../../../views/dialog.js";
import { h, icon, iconButton, Rows } from "../../../views/dom.js";
import { nameOf } from "../../../views/names.js";
import { toastOnError } from "../../../views/toast.js";
import { absenceKey, connectionKey } from "./call-texts.js";
import { openInvite } from "./invite.js";
import { pictureKey } from "./layout.js";

/**
 * The participants and invitees of the call, with the host's actions.
 * @param {App} app
 * @param {Call} call
 * @param {{close: () => void}} options
 */
export function peoplePanel(app, call, { close }) {
  const { store } = app;
  const list = h("ul", { class: "call-people-list", "aria-label": t("call.people_title") });
  const rows = new Rows(list);
  const isHost = () => call.host === call.me;
  const endAll = h(
    "button",
    { type: "button", class: "button danger wide", testid: "call-end-all", onclick: () => end() },
    t("call.end_all"),
  );
  const invite = h(
    "button",
    { type: "button", class: "button wide", testid: "call-invite", onclick: () => openInvite(app, call) },
    icon("plus"),
    t("call.invite"),
  );
  const end = async () => {
    const question = { title: t("call.end_all"), text: t("call.end_all_question"), action: t("call.end_all") };
    if (await confirm(question)) await toastOnError(call.end());
  };
  const element = h(
    "aside",
    { class: "call-people", "aria-label": t("call.people_title"), testid: "call-people", hidden: true },
    h(
      "header",
      { class: "call-people-head" },
      h("h2", {}, t("call.people_title")),
      iconButton("close", t("action.close"), { testid: "call-people-close", onclick: close }),
    ),
    list,
    h("div", { class: "call-people-foot" }, invite, endAll),
  );
  return {
    element,
    update() {
      if (element.hidden) return;
      endAll.hidden = !isHost();
      rows.show(call.participants.map((participant) => personRow(app, call, participant, isHost())));
    },
  };
}

/** @param {App} app @param {Call} call @param {Participant} participant @param {boolean} host */
function personRow({ store }, call, participant, host) {
  const { user, mine, state, media } = participant;
  const who = nameOf(store, user);
  const inCall = state === "joined" || state === "reconnecting";
  const isHost = inCall && participant.participant === call.host;
  const note = noteText(participant, isHost);
  const remove = async () => {
    const question = {
      title: t("call.remove"),
      text: t("call.remove_question", { who }),
      action: t("call.remove"),
    };
    if (await confirm(question)) await toastOnError(call.remove(participant.participant ?? ""));
  };
  const make = () =>
    h(
      "li",
      { class: "call-person", testid: "call-person", data: { user, state } },
      avatar(user, who, { size: "small" }),
      h(
        "span",
        { class: "call-person-names" },
        h("span", { class: "user-name", dir: "auto" }, mine ? t("call.you_named", { who }) : who),
        note && h("span", { class: "hint" }, note),
      ),
      media.hand && icon("call-hand", t("call.hand_raised"), "call-person-hand"),
      media.screen && icon("call-screen", t("call.shares_screen")),
      inCall && media.microphone === false && icon("call-microphone-off", t("call.muted")),
      !mine &&
        absenceKey(state) &&
        iconButton("call-audio", t("call.ring_again", { who }), {
          testid: "call-ring-again",
          onclick: () => toastOnError(call.ring([user])),
        }),
      !mine &&
        host &&
        inCall &&
        iconButton("call-remove", t("call.remove_who", { who }), { testid: "call-remove", onclick: remove }),
    );
  const deps = [who, note, mine, media.hand, media.screen, media.microphone, state, host];
  return { key: pictureKey(participant), deps, make };
}

/** @param {Participant} participant @param {boolean} isHost */
function noteText(participant, isHost) {
  const key = connectionKey(participant) ?? absenceKey(participant.state);
  return key ? t(key) : isHost ? t("call.host") : "";
}
