/** @import { Feature } from "../../registry.js" */
import { t } from "../../i18n/i18n.js";
import { lazy } from "../../lazy.js";
import { redrawLiveTexts } from "../../views/live-text.js";
import { toast } from "../../views/toast.js";
import en from "./i18n/en.js";
import it from "./i18n/it.js";
import zh from "./i18n/zh.js";
import icons from "./icons.js";
import { placeLine, shareLine } from "./location-texts.js";
import { Locations, locationsOf } from "./locations.js";
import { placeBody } from "./views/place-body.js";
import { shareBar } from "./views/share-bar.js";

const placeForm = lazy(() => import("./views/place-form.js"));
const shareForm = lazy(() => import("./views/share-form.js"));
const shareView = lazy(() => import("./views/share-view.js"));
const sharesPage = lazy(() => import("./views/shares-page.js"));
const nearbyPage = lazy(() => import("./views/nearby-page.js"));

/**
 * Places, live locations, and the users nearby.
 *
 * Test ids: menu-place, menu-live-location; place-form with place-search, place-where, place-name-input,
 * place-note-input, place-send; in the timeline place (data-latitude, data-longitude) with place-name, place-away;
 * place-view with place-coordinates, place-view-away, place-copy, place-open; location-map (data-tiles="none|server")
 * with location-own-position, location-attribution; share-form with share-duration-<seconds|same>,
 * share-precision-<precise|coarse>, share-start; location-bar (data-count) with location-bar-open, location-bar-stop;
 * location-shares with location-person (data-user, data-status="waiting|live|paused|stale"), location-sharer (a marker;
 * data-user, data-status, data-pin), location-show-all, share-countdown, share-stop, share-mine, location-live
 * (announced by screen readers); in the settings own-shares-open; own-shares with own-share (data-share),
 * own-share-stop, shares-stop-all, shares-none; nearby-open, nearby with nearby-duration-<seconds>, nearby-enable,
 * nearby-disable, nearby-radius-<metres>, nearby-search, nearby-results, nearby-person (data-user, data-distance),
 * nearby-none.
 * @type {Feature}
 */
export default {
  name: "location",
  texts: { en, zh, it },
  icons,
  styles: ["features/location/location.css"],

  store({ client, store }) {
    const locations = new Locations(client, store);
    locations.on("changed", () => {
      if (store.viewing) store.touch("conversation", store.viewing);
      store.touch("list");
    });
    // The distances of the places on the screen.
    locations.positions.on("fix", redrawLiveTexts);
    locations.on("notice", (key) => toast(t(key)));
    return locations;
  },

  contents: {
    place: { line: (store, entry) => placeLine(entry), body: placeBody },
  },

  entries: {
    location: { line: shareLine },
  },

  composerItems: [
    {
      label: "location.place",
      icon: "location-pin",
      testid: "menu-place",
      available: ({ store }) => locationsOf(store).enabled,
      choose: async (app, conversation) => (await placeForm()).openPlaceForm(app, conversation),
    },
    {
      label: "location.live",
      icon: "location-live",
      testid: "menu-live-location",
      available: ({ store }) => locationsOf(store).enabled,
      choose: async (app, conversation) => {
        const show = async () => (await shareView()).openShares(app, conversation);
        if (locationsOf(app.store).ownIn(conversation)) return show();
        return (await shareForm()).openShareForm(app, conversation, { started: show });
      },
    },
  ],

  listMarks: [
    ({ store }, conversation) =>
      locationsOf(store).ownIn(conversation) && { icon: "location-live", label: "location.list_mark" },
  ],

  chatBars: [{ key: "location", show: shareBar }],

  sidebarItems: [{ label: "nearby.title", icon: "nearby", testid: "nearby-open", route: "nearby" }],

  routes: {
    nearby: {
      available: ({ store }) => locationsOf(store).nearby.enabled,
      open: async (app) => (await nearbyPage()).openNearby(app),
    },
  },

  profileItems: [
    {
      label: "location.shares",
      icon: "location-live",
      testid: "own-shares-open",
      available: ({ store }, user) => user === store.me && locationsOf(store).enabled,
      choose: async (app) => (await sharesPage()).openOwnShares(app),
    },
  ],

  errors: {
    "location.not_found": "location.error_not_found",
    "location.ended": "location.error_ended",
    "location.other_device": "location.error_other_device",
    "location.rate": { text: "location.error_rate", wait: true },
    "location.too_many": "location.error_too_many",
    "location.watched": "error.limited",
    "location.form": "error.request",
    "nearby.busy": "error.unavailable",
    "nearby.rate": { text: "nearby.error_rate", wait: true },
    "nearby.speed": { text: "nearby.error_speed", wait: true },
    "nearby.not_enabled": "nearby.error_not_enabled",
  },
};
