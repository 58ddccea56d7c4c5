/** @import { App } from "../../../app.js" */
/** @import { Call } from "../client/call.js" */
import { t } from "../../../i18n/i18n.js";
import { fill, h, icon, iconButton, setData } from "../../../views/dom.js";
import { onKeyDown } from "../../../views/keys.js";
import { nameOf, titleOf } from "../../../views/names.js";
import { callStatus } from "./call-clock.js";
import { callWindow } from "./call-window.js";
import { codeView } from "./code-view.js";
import { controlsView, ownOf } from "./controls.js";
import { pictured, pictureKey } from "./layout.js";
import { peoplePanel } from "./people-panel.js";
import { problemsView } from "./problems.js";
import { rosterOf } from "./roster.js";
import { StageView } from "./stage.js";
import { hasCamera } from "./tile.js";

/**
 * The call over the whole page.
 * @param {App} app
 * @param {Call} call
 */
export function callScreen(app, call) {
  const { store } = app;
  const conversation = store.conversations.get(call.conversation);
  const group = conversation?.isGroup ?? false;
  const title = () => (conversation ? titleOf(store, conversation) : "");
  const code = codeView(call, () => nameOf(store, conversation?.peer));
  const controls = controlsView(call, { leave: () => call.leave(), group });
  const problems = problemsView(store, () => call.problems);
  const people = peoplePanel(app, call, { close: () => togglePeople(false) });

  const heading = h("h2", { class: "call-title", dir: "auto", testid: "call-title" });
  const status = h("p", { class: "call-status", testid: "call-status" });
  const minimise = iconButton("call-minimise", t("call.minimise"), {
    testid: "call-minimise",
    onclick: () => callWindow.minimise(),
  });
  const layout = iconButton("call-focus", t("call.speaker_view"), {
    testid: "call-layout",
    onclick: () => {
      const focused = stage.plan.mode === "focus";
      stage.wantsFocus = !focused;
      stage.pinned = undefined;
      stage.draw();
      draw();
    },
  });
  const peopleCount = h("span", { class: "call-count", "aria-hidden": "true" });
  const peopleButton = h(
    "button",
    {
      type: "button",
      class: "icon-button call-people-open",
      testid: "call-people-open",
      onclick: () => togglePeople(Boolean(people.element.hidden)),
    },
    icon("group"),
    peopleCount,
  );
  const head = h(
    "header",
    { class: "call-head" },
    minimise,
    h("div", { class: "call-names" }, heading, status),
    code.element,
    layout,
    peopleButton,
  );
  const foot = h("div", { class: "call-foot" }, problems.element, controls.element);
  const stage = new StageView(store, call, {
    insets: () => ({ top: head.offsetHeight + 4, bottom: foot.offsetHeight + 4 }),
    status: () => callStatus(call),
    changed: () => draw(),
    stopSharing: () => call.setScreen(false),
  });
  const element = h(
    "section",
    { class: "call-screen", role: "dialog", tabindex: "-1", testid: "call-screen", data: { call: call.id } },
    stage.element,
    head,
    foot,
    people.element,
  );
  // A problem appeared or disappeared, which changes how much of the stage is covered.
  const sizes = new ResizeObserver(() => stage.draw());
  sizes.observe(foot);

  /** @param {boolean} open */
  function togglePeople(open) {
    people.element.hidden = !open;
    setData(element, { people: open });
    draw();
    if (open) people.element.querySelector("button")?.focus();
    else peopleButton.focus();
  }

  function draw() {
    const name = title();
    const { mode, main } = stage.plan;
    const roster = rosterOf(store, call);
    const count = pictured(roster).length;
    heading.textContent = name;
    element.setAttribute("aria-label", t("call.with", { who: name }));
    setData(element, {
      state: call.state,
      mode,
      media: call.media,
      // Text over a picture needs a dark background.
      picture: pictured(roster).some((one) => pictureKey(one) === main && hasCamera(one)) && mode !== "focus",
    });
    layout.hidden = count < 3;
    layout.setAttribute("aria-pressed", String(mode === "focus"));
    peopleButton.hidden = !group;
    fill(peopleCount, call.participants.filter(({ state }) => state === "joined").length);
    peopleButton.setAttribute("aria-label", t("call.people_title"));
    peopleButton.title = t("call.people_title");
    peopleButton.setAttribute("aria-expanded", String(!people.element.hidden));
    setData(peopleButton, { hands: call.participants.some(({ media, mine }) => media.hand && !mine) });
    code.update();
    controls.update();
    problems.update();
    people.update();
    tick();
  }

  /** Updates the parts that change with time only. */
  function tick() {
    const large = ["pair", "solo"].includes(stage.plan.mode) && !element.dataset.picture;
    status.textContent = callStatus(call);
    // The status is below the large avatar then.
    setData(element, { plain: large });
    if (large) stage.draw();
  }

  const timer = setInterval(tick, 1_000);
  const onkey = onKeyDown(
    document,
    (event) => {
      if (!callWindow.expanded || !isForCall(element, event)) return;
      const key = event.key.toLowerCase();
      if (event.key === "Escape") {
        if (!people.element.hidden) togglePeople(false);
        else callWindow.minimise();
      } else if (controls.keys[key] && !event.repeat) {
        controls.keys[key]();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
  const stops = [
    call.on("changed", () => {
      stage.draw();
      draw();
    }),
    call.on("speaking", () => stage.draw()),
    call.local.on("changed", () => controls.update()),
    store.users.on("changed", () => {
      stage.draw();
      draw();
    }),
    onkey,
    () => clearInterval(timer),
    () => sizes.disconnect(),
  ];
  stage.draw();
  draw();
  return {
    element,
    stage,
    own: () => ownOf(call),
    stop() {
      for (const stop of stops) stop();
      stage.stop();
    },
  };
}

/**
 * Whether a key is meant for the call: no text field has the focus, and no menu or dialog is open above the call.
 * @param {HTMLElement} screen
 * @param {KeyboardEvent} event
 */
function isForCall(screen, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".layer")) return false;
  const { activeElement } = document;
  if (activeElement !== document.body && !screen.contains(activeElement)) return false;
  return !activeElement?.matches("input, textarea, select, [contenteditable]");
}
