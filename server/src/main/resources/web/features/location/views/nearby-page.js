/** @import { App } from "../../../app.js" */
/** @import { NearbyUser } from "../nearby.js" */
import { t } from "../../../i18n/i18n.js";
import { clock } from "../../../text/time.js";
import { avatar } from "../../../views/avatar.js";
import { form, openDialog } from "../../../views/dialog.js";
import { fill, h, icon } from "../../../views/dom.js";
import { liveText } from "../../../views/live-text.js";
import { nameOf } from "../../../views/names.js";
import { segmentedControl } from "../../../views/segmented-control.js";
import { toastOnError } from "../../../views/toast.js";
import { durationText, explained, leftText, metresText, problemText } from "../location-texts.js";
import { locationsOf } from "../locations.js";
import { BUCKETS, RADII } from "../nearby.js";

const DURATIONS = [3_600, 10_800, 28_800];
/** The distance that a bucket means, in metres. */
const METRES = { "<1km": 1_000, "<3km": 3_000, "<10km": 10_000 };

/**
 * The users near this one, for those who want to be seen themselves.
 * @param {App} app
 */
export function openNearby(app) {
  const { store } = app;
  const locations = locationsOf(store);
  const { nearby } = locations;
  const body = h("div", { class: "nearby" });
  /** @type {number} */
  let radius = RADII[1];
  let visible = false;

  const update = () => {
    const now = nearby.until !== undefined;
    if (now === visible && body.childElementCount > 0) return;
    visible = now;
    fill(body, visible ? searchView() : introduction());
  };

  function introduction() {
    let duration = DURATIONS[0];
    const durations = segmentedControl(
      "nearby-duration",
      DURATIONS.map((seconds) => [String(seconds), durationText(seconds)]),
      String(duration),
      (code) => (duration = Number(code)),
    );
    durations.setAttribute("aria-label", t("nearby.duration"));
    const cell = h("li", {});
    const points = [h("li", {}, t("nearby.about_mutual")), cell, h("li", {}, t("nearby.about_end"))];
    locations.settings().then(
      ({ cellKm }) => fill(cell, t("nearby.about_cell", { distance: metresText(cellKm * 1000) })),
      () => cell.remove(),
    );
    return h(
      "div",
      { class: "nearby-intro" },
      h("div", { class: "nearby-rings", "aria-hidden": "true" }, icon("nearby")),
      h("p", { class: "nearby-lead" }, t("nearby.lead")),
      h("ul", { class: "nearby-points" }, ...points),
      form({
        content: [h("div", {}, h("span", { class: "label" }, t("nearby.duration")), durations)],
        action: t("nearby.enable"),
        submit: () => explained(nearby.enable(duration)),
        testid: "nearby-enable",
      }),
    );
  }

  function searchView() {
    const results = h("div", { class: "nearby-results", testid: "nearby-results", "aria-live": "polite" });
    const radii = segmentedControl(
      "nearby-radius",
      RADII.map((metres) => [String(metres), metresText(metres)]),
      String(radius),
      (code) => {
        radius = Number(code);
        search();
      },
    );
    radii.setAttribute("aria-label", t("nearby.radius"));
    const again = h(
      "button",
      { type: "button", class: "button primary wide", testid: "nearby-search", onclick: () => search() },
      t("nearby.search"),
    );
    let run = 0;
    const search = async () => {
      const own = ++run;
      again.disabled = true;
      fill(results, h("span", { class: "spinner", role: "img", "aria-label": t("loading") }));
      try {
        const people = await nearby.find(radius);
        await load(people);
        if (own === run) fill(results, ...list(people));
      } catch (error) {
        if (own === run)
          fill(results, h("p", { class: "form-error", role: "alert", testid: "form-error" }, problemText(error)));
      }
      if (own === run) again.disabled = false;
    };
    const hide = h(
      "button",
      {
        type: "button",
        class: "button small",
        testid: "nearby-disable",
        onclick: () => toastOnError(nearby.disable()),
      },
      t("nearby.disable"),
    );
    const until = nearby.until ?? "";
    search();
    return h(
      "div",
      { class: "nearby-search" },
      h(
        "div",
        { class: "nearby-state" },
        icon("nearby"),
        h(
          "span",
          { class: "location-person-words" },
          h("span", {}, t("nearby.visible")),
          liveText(h("span", { class: "hint" }), () =>
            t("location.until_left", { time: clock(until), left: leftText(until) }),
          ),
        ),
        hide,
      ),
      radii,
      results,
      again,
    );
  }

  /** Their names. @param {NearbyUser[]} people */
  const load = async (people) => {
    const unknown = people.map(({ user }) => user).filter((user) => !store.users.get(user));
    if (unknown.length === 0) return;
    const { users } = await app.client.request("users.get", { users: unknown });
    store.users.add(users);
  };

  /** @param {NearbyUser[]} people */
  const list = (people) => {
    if (people.length === 0) {
      return [
        h("p", { class: "location-empty", testid: "nearby-none" }, t("nearby.none", { distance: metresText(radius) })),
      ];
    }
    return BUCKETS.flatMap((bucket) => {
      const within = people.filter(({ distance }) => distance === bucket);
      if (within.length === 0) return [];
      const title = t("nearby.within", { distance: metresText(METRES[bucket]) });
      return [h("h3", {}, title), h("ul", { class: "user-list choose" }, ...within.map(person))];
    });
  };

  /** @param {NearbyUser} found */
  const person = ({ user, distance }) => {
    const name = nameOf(store, user);
    const username = store.users.get(user)?.username;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "user-row",
          testid: "nearby-person",
          data: { user, distance },
          onclick: () => toastOnError(write(user)),
        },
        avatar(user, name, { size: "small" }),
        h("span", { class: "user-name", dir: "auto" }, name),
        username && h("span", { class: "hint" }, `@${username}`),
      ),
    );
  };

  /** @param {string} user */
  const write = async (user) => {
    const conversation = await store.openDirect(user);
    app.router.go({ conversation: conversation.id });
  };

  const stop = nearby.on("changed", update);
  const timer = setInterval(update, 10_000);
  const dialog = openDialog({
    title: t("nearby.title"),
    class: "narrow nearby-page",
    testid: "nearby",
    route: true,
    content: [body],
    onclose: () => {
      clearInterval(timer);
      stop();
    },
  });
  update();
  return dialog;
}
