/** @import { App } from "../app.js" */
/** @import { Route } from "../registry.js" */
import { t } from "../i18n/i18n.js";
import { chatView } from "./chat.js";
import { closeDialogs } from "./dialog.js";
import { connectionView } from "./connection.js";
import { detailsView } from "./details.js";
import { fill, h, setData } from "./dom.js";
import { onKeyDown } from "./keys.js";
import { closeMenus } from "./menu.js";
import { liveRegion } from "./aria-live.js";
import { showNotifications } from "./notifications.js";
import { isInOverlay } from "./overlays.js";
import { openSettings } from "./settings.js";
import { sidebarView } from "./sidebar.js";
import { toastOnError } from "./toast.js";

/**
 * The panes: the list, the conversation and its details. A phone shows one at a time.
 * @param {App} app
 * @returns {{element: HTMLElement, stop: () => void}}
 */
export function shellView(app) {
  const { router, store } = app;
  const connection = connectionView(app);
  const sidebar = sidebarView(app);
  const live = liveRegion(app);
  const main = h("main", { class: "pane chat-pane" });
  const aside = h("aside", { class: "pane details-pane", "aria-label": t("details.title") });
  // Outside of the panes, because a phone shows only one of them.
  const heading = h("h1", { class: "visually-hidden" }, "Hongyan");
  const element = h("div", { class: "shell" }, heading, connection.element, sidebar.element, main, aside, live.element);
  /** @type {{element: HTMLElement, stop: () => void, id: string} | null} */
  let chat = null;
  /** @type {{element: HTMLElement, stop: () => void, id: string} | null} */
  let details = null;
  /** The route whose dialog is open or being loaded. @type {string | null} */
  let routed = null;

  const show = () => {
    const { place } = router;
    closeMenus();
    setData(element, {
      view: place.details ? "details" : place.conversation ? "chat" : "list",
      details: place.details,
    });
    if (chat?.id !== place.conversation) {
      chat?.stop();
      chat = place.conversation ? { ...chatView(app, place.conversation), id: place.conversation } : null;
      fill(main, chat?.element ?? welcome());
    }
    const target = place.details ? place.conversation : null;
    if (details?.id !== (target ?? undefined)) {
      details?.stop();
      details = target ? { ...detailsView(app, target), id: target } : null;
      fill(aside, details?.element);
    }
    showRoute();
  };
  const showRoute = () => {
    const name = router.place.route;
    const route = routeOf(app, name);
    // The address may be a bookmark: not every server has every feature.
    const next = route && (route.available?.(app) ?? true) ? name : null;
    if (next === routed) return;
    if (routed) closeDialogs();
    routed = next;
    if (route && next) toastOnError(openRoute(route, next));
  };
  /** @param {Route} route @param {string} name */
  const openRoute = async (route, name) => {
    const dialog = await route.open(app);
    dialog.addEventListener("close", () => {
      if (routed === name) routed = null;
      // Drawing the page again, for instance in another language, opens the dialog again.
      if (!stopped && router.place.route === name) router.back();
    });
    if (stopped || routed !== name) dialog.close();
  };
  let stopped = false;
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (isPhone()) router.go();
      sidebar.search();
    } else if (event.key === "Escape" && !event.defaultPrevented && !isCovered(event)) {
      if (router.place.details) router.back({ conversation: router.place.conversation });
      else if (router.place.conversation) router.go();
    }
  };
  const stops = [
    onKeyDown(document, onkeydown),
    router.on("changed", show),
    store.on("list", showRoute),
    connection.stop,
    sidebar.stop,
    live.stop,
    showNotifications(app),
  ];
  show();
  return {
    element,
    stop() {
      stopped = true;
      for (const stop of stops) stop();
      chat?.stop();
      details?.stop();
      store.users.watch([]);
    },
  };
}

/** @param {App} app @param {string | null} name @returns {Route | undefined} */
function routeOf({ store }, name) {
  return name === "settings" ? { open: openSettings } : store.features.route(name);
}

/** Whether a key belongs to something above the panes. @param {KeyboardEvent} event */
function isCovered({ target }) {
  return isInOverlay(target) || document.querySelector("dialog") !== null;
}

/** Whether one pane is shown at a time: the same width as in `shell.css`. */
function isPhone() {
  return matchMedia("(max-width: 719px)").matches;
}

/** Shown beside the list while no conversation is open. */
function welcome() {
  return h(
    "div",
    { class: "welcome" },
    h("img", { src: "art/skein-line.svg", alt: "", width: 260, height: 150 }),
    h("p", {}, t("chat.none")),
    h(
      "p",
      { class: "hint" },
      t("chat.none_hint", { key: /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘K" : "Ctrl+K" }),
    ),
  );
}
