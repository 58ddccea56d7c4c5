/** @import { App } from "../app.js" */
import { t } from "../i18n/i18n.js";
import { chatView } from "./chat.js";
import { closeDialogs } from "./dialog.js";
import { connectionView } from "./connection.js";
import { detailsView } from "./details.js";
import { fill, h, setData } from "./dom.js";
import { closeMenus } from "./menu.js";
import { liveRegion } from "./live.js";
import { showNotices } from "./notices.js";
import { openSettings } from "./settings.js";
import { sidebarView } from "./sidebar.js";
import { openWallet } from "./wallet.js";

/**
 * The panes: the list, the conversation, and its details. On a phone one at a time.
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
  // On a phone only one of the panes is there: the page's own heading is in none of them.
  const heading = h("h1", { class: "visually-hidden" }, "Hongyan");
  const element = h("div", { class: "shell" }, heading, connection.element, sidebar.element, main, aside, live.element);
  /** @type {{element: HTMLElement, stop: () => void, id: string} | null} */
  let chat = null;
  /** @type {{element: HTMLElement, stop: () => void, id: string} | null} */
  let details = null;
  /** @type {HTMLDialogElement | null} */
  let settings = null;
  /** @type {HTMLDialogElement | null} */
  let wallet = null;

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
    const wanted = place.details ? place.conversation : null;
    if (details?.id !== (wanted ?? undefined)) {
      details?.stop();
      details = wanted ? { ...detailsView(app, wanted), id: wanted } : null;
      fill(aside, details?.element);
    }
    if (place.settings && !settings) settings = openSettings(app, onSettingsClosed);
    else if (!place.settings && settings) closeDialogs();
    showWallet();
  };
  const showWallet = () => {
    // The address may be kept from elsewhere: not every node knows money.
    const wanted = router.place.wallet && store.wallet.enabled;
    if (wanted && !wallet) wallet = openWallet(app, onWalletClosed);
    else if (!wanted && wallet) closeDialogs();
  };
  let stopped = false;
  const onSettingsClosed = () => {
    settings = null;
    // A page that is being drawn anew, in another language, opens them again.
    if (stopped) return;
    if (router.place.settings) router.back();
  };
  const onWalletClosed = () => {
    wallet = null;
    if (!stopped && router.place.wallet) router.back();
  };
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (isPhone()) router.go();
      sidebar.search();
    } else if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog")) {
      if (router.place.details) router.back({ conversation: router.place.conversation });
      else if (router.place.conversation) router.go();
    }
  };
  document.addEventListener("keydown", onkeydown);
  const stops = [
    router.on("changed", show),
    store.wallet.on("changed", showWallet),
    connection.stop,
    sidebar.stop,
    live.stop,
    showNotices(app),
  ];
  show();
  return {
    element,
    stop() {
      stopped = true;
      document.removeEventListener("keydown", onkeydown);
      for (const stop of stops) stop();
      chat?.stop();
      details?.stop();
      store.people.watch([]);
    },
  };
}

/** One pane at a time: the width at which `shell.css` changes. */
function isPhone() {
  return matchMedia("(max-width: 719px)").matches;
}

/** What is shown beside the list while no conversation is open. */
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
