/** @import { App } from "../app.js" */
/** @import { Composer } from "./composer.js" */
/** @import { TimelineRow } from "./timeline-rows.js" */
import { t } from "../i18n/i18n.js";
import { day, sameDay } from "../text/time.js";
import { fill, h, icon, Rows } from "./dom.js";
import { onKeyDown } from "./keys.js";
import { liveText } from "./live-text.js";
import { messageRow, noteRow } from "./message.js";
import { deferWhilePressed } from "./deferred-update.js";
import { timelineRows } from "./timeline-rows.js";
import { toastOnError } from "./toast.js";

/** Scrolled this close to the end counts as the end. */
const END_PX = 60;
/** Scrolled this close to the beginning, the next page is loaded. */
const AHEAD_PX = 800;
/** Enough entries to fill a screen. */
const ENOUGH = 30;
/** With at most this many unread messages, the view opens at the first of them. */
const MAX_UNREAD_LOADED = 300;

/**
 * The entries of a conversation, from the oldest loaded to the newest. Keeps its place while history is inserted above
 * it, follows the end while it is at the end, and tells the store what has been read.
 * @param {App} app
 * @param {string} id
 * @param {Composer} composer
 */
export function timelineView(app, id, composer) {
  const { store, client } = app;
  const list = h("ol", { class: "timeline", testid: "timeline" });
  const loading = h(
    "div",
    { class: "history-loading", testid: "history-loading", hidden: true },
    h("span", { class: "spinner" }),
  );
  const scroller = h(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": t("chat.messages") },
    loading,
    list,
  );
  const count = h("span", { class: "badge" });
  const jump = h(
    "button",
    {
      type: "button",
      class: "jump",
      testid: "jump-newest",
      hidden: true,
      onclick: () => toEnd(true),
      "aria-label": t("chat.jump"),
    },
    icon("down"),
    count,
  );
  const element = h("div", { class: "timeline-frame" }, scroller, jump);
  const rows = new Rows(list);
  const extensions = store.features.all.flatMap(({ timeline }) => timeline?.(app, id) ?? []);
  /** The read mark when the conversation was opened. */
  let unreadAfter = /** @type {number | null} */ (null);
  /** Whether the view follows the end. Only the user's scrolling changes it: see {@link followUser}. */
  let atEnd = true;
  /** The position and the sizes of the scroller when the view last looked at them or set them. */
  let known = { top: 0, height: 0, content: 0 };
  let opened = false;
  /** Whether the view has scrolled to its first position: nothing counts as read before. */
  let placed = false;
  /** The newest entry that was on the screen. */
  let seen = 0;
  let stopped = false;

  const conversation = () => store.conversations.get(id);

  const draw = () => {
    const shown = conversation();
    if (!shown || stopped) return;
    const model = timelineRows({
      items: shown.log.items,
      waiting: client.outbox?.of(id) ?? [],
      edits: client.outbox?.editsOf(id),
      me: store.me,
      unreadAfter,
      sameDay,
      isBubble: (entry) => store.features.isBubble(store, entry),
      notes: notes(),
    });
    for (const extension of extensions) extension.drawn?.(shown.log.items);
    followUser();
    const anchor = atEnd ? null : firstVisible();
    rows.show(model.map(rowOf));
    if (atEnd) toEnd();
    else if (anchor) keep(anchor);
    remember();
    markSeen();
    loadMore();
    showJump();
  };
  const update = deferWhilePressed(list, draw);
  const notes = () => {
    const all = extensions.flatMap((extension) => extension.notes?.() ?? []);
    return extensions.length > 1 ? all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) : all;
  };

  /** @param {TimelineRow} row @returns {import("./dom.js").Row} */
  const rowOf = (row) => {
    switch (row.type) {
      case "day":
        return {
          key: row.key,
          deps: [row.at],
          make: () => h("li", { class: "day", testid: "day" }, liveText(h("span"), () => day(row.at))),
        };
      case "unread":
        return {
          key: row.key,
          deps: [],
          make: () => h("li", { class: "unread-divider", testid: "unread-divider" }, h("span", {}, t("chat.unread"))),
        };
      case "note":
        return noteRow(app, row, composer);
      case "extra":
        return row.note;
      default:
        return messageRow(app, row, { composer, jumpTo });
    }
  };

  /** The row at the top of the screen and its position, which is kept. */
  const firstVisible = () => {
    const top = scroller.getBoundingClientRect().top;
    const children = list.children;
    let low = 0;
    for (let high = children.length; low < high;) {
      const middle = (low + high) >> 1;
      if (children[middle].getBoundingClientRect().bottom < top) low = middle + 1;
      else high = middle;
    }
    for (const child of [...children].slice(low)) {
      // Only messages keep their keys; days and dividers move.
      const key = /** @type {HTMLElement} */ (child).dataset.key;
      if (key) return { key, offset: child.getBoundingClientRect().top - top };
    }
    return null;
  };
  /** @param {{key: string, offset: number}} anchor */
  const keep = ({ key, offset }) => {
    const row = rows.get(key);
    if (row) scroller.scrollTop += row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - offset;
  };
  /** @param {boolean} [smoothly] */
  const toEnd = (smoothly = false) => {
    atEnd = true;
    const near = scroller.scrollHeight - scroller.scrollTop < 4 * scroller.clientHeight;
    scroller.scrollTo({
      top: scroller.scrollHeight,
      behavior: smoothly && near && !prefersReducedMotion() ? "smooth" : "instant",
    });
    remember();
  };
  const remember = () => {
    known = { top: scroller.scrollTop, height: scroller.clientHeight, content: scroller.scrollHeight };
  };
  const belowView = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;

  /**
   * Finds out whether the user has scrolled to the end or away from it. When a size changes, browsers move the content
   * only up to the new end: the view stays where it was, at the end or not.
   */
  const followUser = () => {
    const { scrollTop: top, clientHeight: height, scrollHeight: content } = scroller;
    const resized = height !== known.height || content !== known.content;
    const up = top < Math.min(known.top, content - height) - 1;
    // At the end, a position further down is a smooth scroll on its way there.
    const down = top > known.top && !atEnd;
    if (up || down) atEnd = belowView() < END_PX;
    else if (resized && atEnd) toEnd();
    // If there is nothing to scroll, the user cannot scroll back to the end.
    else if (resized && height > 0) atEnd = belowView() <= 1;
    remember();
  };

  const onScroll = () => {
    followUser();
    markSeen();
    showJump();
    loadMore();
  };

  const loadMore = async () => {
    const shown = conversation();
    if (!shown || !placed || shown.loading || shown.log.complete) return;
    if (scroller.scrollTop > AHEAD_PX || client.state !== "online") return;
    loading.hidden = false;
    await toastOnError(store.loadOlder(id));
    loading.hidden = true;
  };

  /** Tells the store what was on the screen while the page had the focus. */
  const markSeen = () => {
    const shown = conversation();
    if (!shown || !placed || document.visibilityState !== "visible" || !document.hasFocus()) return;
    if (atEnd) seen = shown.lastSeq;
    else seen = Math.max(seen, lastVisible());
    if (seen > shown.readSeq) store.markRead(id, seen);
  };
  const lastVisible = () => {
    const bottom = scroller.getBoundingClientRect().bottom;
    for (const child of [...list.children].reverse()) {
      const seq = Number(/** @type {HTMLElement} */ (child).dataset.seq);
      if (seq && child.getBoundingClientRect().top < bottom - 20) return seq;
    }
    return 0;
  };

  const showJump = () => {
    const fresh = conversation()?.unread ?? 0;
    jump.hidden = atEnd;
    count.hidden = fresh === 0;
    fill(count, fresh > 99 ? "99+" : fresh);
  };

  /** The user asked for this position. */
  const placeHere = () => {
    atEnd = belowView() < END_PX;
    remember();
  };

  /** Shows an earlier entry, loading what is between if need be. @param {number} seq */
  const jumpTo = async (seq) => {
    loading.hidden = false;
    const reached = await toastOnError(store.loadBackTo(id, seq));
    loading.hidden = true;
    if (!reached) return;
    const row = /** @type {HTMLElement | null} */ (list.querySelector(`[data-seq="${seq}"]`));
    if (!row) return;
    row.scrollIntoView({ block: "center", behavior: "instant" });
    placeHere();
    row.classList.remove("flash");
    requestAnimationFrame(() => row.classList.add("flash"));
    row.focus({ preventScroll: true });
  };

  /** Loads what is shown first: the newest page, or everything from the read mark on. */
  const open = async () => {
    const shown = conversation();
    if (!shown?.info || opened) return;
    opened = true;
    unreadAfter = shown.unread > 0 ? shown.readSeq : null;
    draw();
    loading.hidden = shown.log.complete;
    if (shown.log.items.length < ENOUGH) await toastOnError(store.loadOlder(id));
    if (unreadAfter !== null && shown.unread <= MAX_UNREAD_LOADED)
      await store.loadBackTo(id, unreadAfter).catch(() => {});
    loading.hidden = true;
    if (stopped) return;
    loadReaders();
    // Not deferred by a press: the first position depends on it, and entries that are not drawn would count as read.
    draw();
    const divider = rows.get("unread");
    if (divider) {
      scroller.scrollTop += divider.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 60;
      placeHere();
    } else {
      toEnd();
    }
    placed = true;
    onScroll();
  };

  /** Pushes bring only changes of the read marks of others: loads the present ones. */
  const loadReaders = () => {
    const shown = conversation();
    const oldest = shown?.log.items.find(({ entry }) => entry.sender === store.me && entry.kind === "message");
    if (!shown?.isGroup || shown.state === "left" || !oldest || !client.supports("read.by")) return;
    store.readBy(id, oldest.entry.seq).catch(() => {});
  };

  /** The arrow keys walk from message to message. @param {KeyboardEvent} event */
  const onKey = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const target = /** @type {HTMLElement} */ (event.target);
    const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".message, .note")]);
    const at = target === scroller ? all.length : all.indexOf(target);
    if (!step || at < 0) return;
    event.preventDefault();
    all[at + step]?.focus();
  };

  const onSent = () => {
    unreadAfter = null;
    toEnd();
  };

  scroller.addEventListener("scroll", onScroll, { passive: true });
  onKeyDown(scroller, onKey);
  composer.onsent = onSent;
  document.addEventListener("visibilitychange", markSeen);
  addEventListener("focus", markSeen);
  const sizes = new ResizeObserver(() => {
    followUser();
    showJump();
  });
  sizes.observe(scroller);
  sizes.observe(list);
  const changed = (/** @type {string | null} */ which) => {
    if (which !== null && which !== id) return;
    open();
    update();
  };
  const stops = [
    store.on("entries", changed),
    store.on("conversation", changed),
    store.on("users", () => changed(null)),
    client.on("synced", () => changed(null)),
  ];
  store.view(id);
  open();
  update();
  return {
    element,
    stop() {
      stopped = true;
      for (const stop of stops) stop();
      for (const extension of extensions) extension.stop?.();
      sizes.disconnect();
      document.removeEventListener("visibilitychange", markSeen);
      removeEventListener("focus", markSeen);
      store.view(null);
    },
  };
}

function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
